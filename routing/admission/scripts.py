"""The Redis scripts of a tier. Each is a .lua file whose first lines say what goes in and comes out."""

import functools
import os
import secrets
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

from parley.pools import redis
from routing.admission.types import Tier

KEYS = ("state", "waiting", "needs", "granted", "running", "recheck", "grants")
_FOLDER = Path(__file__).parent / "lua"


@functools.cache
def source(name: str) -> str:
    """The script with what goes before it: the tier's buckets and its line."""
    return "\n".join((_FOLDER / f"{part}.lua").read_text() for part in ("tier", "line", name))


@functools.cache
def _digest(name: str) -> str:
    return sha1(source(name).encode(), usedforsecurity=False).hexdigest()


def keys(tier_key: str) -> list[str]:
    """A tier's keys, in one slot of a cluster."""
    return [f"parley:{{tier:{tier_key}}}:{name}" for name in KEYS]


def member(turn: int) -> str:
    """A turn as the scripts keep it: of equal length, so that ties in time go by number."""
    return f"{turn:019d}"


async def run(name: str, tier: Tier, *arguments: Any) -> Any:
    """Run a script on a tier; one round trip. Raises RedisError."""
    client, words = redis(), [*keys(tier.key), *_settings(tier), *arguments]
    try:
        return await client.evalsha(_digest(name), len(KEYS), *words)
    except NoScriptError:  # Redis was restarted
        return await client.eval(source(name), len(KEYS), *words)


async def run_for_each(name: str, calls: Sequence[tuple[Tier, Sequence[Any]]]) -> list[Any]:
    """Run a script on each of these tiers with these arguments; one round trip for all. Raises RedisError."""
    if not calls:
        return []
    pipe = redis().pipeline(transaction=False)
    for tier, arguments in calls:
        pipe.evalsha(_digest(name), len(KEYS), *keys(tier.key), *_settings(tier), *arguments)
    answers = await pipe.execute(raise_on_error=False)
    for place, (tier, arguments) in enumerate(calls):
        if isinstance(answers[place], NoScriptError):  # Redis was restarted: this one did nothing
            answers[place] = await run(name, tier, *arguments)
        elif isinstance(answers[place], Exception):
            raise answers[place]
    return answers


def run_for_each_now(name: str, tiers: Sequence[Tier], *arguments: Any) -> list[Any]:
    """The same for synchronous code (the admin)."""
    from django_rq import get_connection

    pipe = get_connection("turns").pipeline(transaction=False)
    for tier in tiers:
        pipe.eval(source(name), len(KEYS), *keys(tier.key), *_settings(tier), *arguments)
    return list(pipe.execute())


def _settings(tier: Tier) -> list[str]:
    limits = ["" if limit is None else str(limit) for limit in (*tier.limits, tier.concurrency)]
    return [
        *limits,
        repr(tier.burst_seconds),
        f"{tier.reserve_most:d}",
        f"{tier.cached_is_free:d}",
        _process(os.getpid()),
    ]


@functools.cache
def _process(pid: int) -> str:
    """This process, for the turns that it carries; a fork is another one."""
    return f"{pid}-{secrets.token_hex(4)}"
