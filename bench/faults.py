"""What can break. Each breaks it in a running stack, and returns the moment (monotonic) from which recovery counts."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import redis

from tests.stack import crashed

_STARTER = ThreadPoolExecutor(1, "starter")
DOWN = 2.0  # seconds that a server stays away
FROZEN = 8.0  # seconds: longer than a lease


async def web(stack: Any) -> float:
    """kill -9 of a web server, which is started again."""
    return await _killed(stack.web[int(time.monotonic()) % len(stack.web)])


async def leader(stack: Any) -> float:
    """kill -9 of the worker that leads."""
    return await _killed(_workers(stack, leads=True)[0])


async def follower(stack: Any) -> float:
    """kill -9 of a worker that does not lead."""
    return await _killed(_workers(stack, leads=False)[0])


async def frozen(stack: Any) -> float:
    """SIGSTOP of a worker, and SIGCONT when others have its turns."""
    moment = time.monotonic()
    with _workers(stack, leads=bool(int(moment) % 2))[0].frozen():
        await asyncio.sleep(FROZEN)
    return moment


async def redis_restart(stack: Any) -> float:
    """kill -9 of Redis, which comes back with its data."""
    return await _restarted(stack.valkey)


async def redis_emptied(stack: Any) -> float:
    """FLUSHALL."""
    moment = time.monotonic()
    with redis.Redis.from_url(stack.valkey.url) as client:
        client.flushall()
    return moment


async def postgres_restart(stack: Any) -> float:
    """kill -9 of all of Postgres, which repairs its data and comes back."""
    return await _restarted(stack.postgres)


async def beside(start: Callable[[], None]) -> None:
    """Start processes without standing still. They end with the thread that started them, so it is one that stays."""
    await asyncio.get_running_loop().run_in_executor(_STARTER, start)


FAULTS: dict[str, Callable[[Any], Awaitable[float]]] = {
    fault.__name__: fault for fault in (web, leader, follower, frozen, redis_restart, redis_emptied, postgres_restart)
}


async def _killed(program: Any) -> float:
    moment = time.monotonic()
    await beside(program.kill)
    await asyncio.sleep(1)  # a supervisor takes as long
    await beside(program.start)
    return moment


async def _restarted(server: Any) -> float:
    with crashed(server) as revive:
        await asyncio.sleep(DOWN)
        await beside(revive)
        return time.monotonic()


def _workers(stack: Any, *, leads: bool) -> list[Any]:
    """Those that lead, or do not; all where nobody leads. The lock holds the number of the leader's process."""
    with redis.Redis.from_url(stack.valkey.url, decode_responses=True) as client:
        found = re.search(r"-(\d+)-\w+$", client.get("parley:leader") or "")
    chosen = [worker for worker in stack.workers if found and (worker.process.pid == int(found[1])) is leads]
    return chosen or stack.workers
