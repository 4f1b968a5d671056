"""Whether this process can do its work: each dependency asked at the same time, none for longer than LIMIT."""

import asyncio
import functools
import logging
import time
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.migrations.loader import MigrationLoader
from rq.worker_registration import REDIS_WORKER_KEYS

from parley.background import spawn
from parley.pools import postgres, redis

log = logging.getLogger(__name__)
LIMIT = 0.8  # seconds
HEARTBEAT = 30.0  # seconds since a worker said that it lives; it does so each second
LATE = "no answer in time"
_one = ThreadPoolExecutor(1, "readiness")
_under_way: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Task[str]]] = (
    weakref.WeakKeyDictionary()
)


@dataclass(frozen=True)
class State:
    """Of a dependency, in a word or two: never an address or an error's own text. What is not `needed` is only told."""

    name: str
    ok: bool
    words: str
    seconds: float
    needed: bool = True

    def as_json(self) -> dict[str, object]:
        """For the reply."""
        return {"ok": self.ok, "state": self.words, "ms": round(1000 * self.seconds, 1)}


async def states() -> list[State]:
    """All of them, within a second. Without workers messages are still accepted, so they are not needed here."""
    return list(
        await asyncio.gather(
            _asked("postgres", _postgres),
            _asked("migrations", _migrations),
            _asked("redis", _redis),
            _asked("workers", _workers, needed=False),
        )
    )


async def _asked(name: str, ask: Callable[[], Awaitable[str]], *, needed: bool = True) -> State:
    """`ask` returns what is wrong, empty when nothing is. Never raises.

    It runs on its own, for to give up may take it long: psycopg waits ten seconds for a server that hangs to cancel a
    statement. While it does, nothing is asked beside it.
    """
    began = time.monotonic()
    under_way = _under_way.setdefault(asyncio.get_running_loop(), {})
    if (task := under_way.get(name)) is None or task.done():
        task = under_way[name] = spawn(_wrong(name, ask))
    done, _ = await asyncio.wait({task}, timeout=LIMIT)
    wrong = task.result() if done and not task.cancelled() else LATE
    return State(name, not wrong, wrong or "ok", time.monotonic() - began, needed)


async def _wrong(name: str, ask: Callable[[], Awaitable[str]]) -> str:
    try:
        async with asyncio.timeout(LIMIT):
            return await ask()
    except TimeoutError:
        return LATE
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
        log.info("Not ready: %s: %s", name, error)
        return "away"


async def _postgres() -> str:
    async with (await postgres()).connection(timeout=LIMIT) as connection:
        await connection.execute("SELECT 1")
    return ""


async def _migrations() -> str:
    wanted = await asyncio.get_running_loop().run_in_executor(_one, _on_disk)
    async with (await postgres()).connection(timeout=LIMIT) as connection:
        rows = await (await connection.execute("SELECT app, name FROM django_migrations")).fetchall()
    missing = len(wanted - {(str(app), str(name)) for app, name in rows})
    return f"{missing} to apply: run `manage.py migrate`" if missing else ""


@functools.cache
def _on_disk() -> frozenset[tuple[str, str]]:
    """What this code expects; read once, as the code does not change while it runs."""
    loader = MigrationLoader(None)
    replaced = {key for each in loader.disk_migrations.values() for key in each.replaces}
    return frozenset(set(loader.disk_migrations) - replaced)


async def _redis() -> str:
    await redis().ping()
    return ""


async def _workers() -> str:
    client = redis()
    names = await client.smembers(REDIS_WORKER_KEYS)
    async with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hget(name, "last_heartbeat")
        beats = await pipe.execute() if names else []
    return "" if any(beat and _age(beat.decode()) < HEARTBEAT for beat in beats) else "none seen"


def _age(beat: str) -> float:
    """Seconds; RQ writes times in UTC. What cannot be read is too old."""
    try:
        then = datetime.fromisoformat(beat)
    except ValueError:
        return float("inf")
    return (datetime.now(UTC) - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
