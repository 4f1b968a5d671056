"""The bell of the dispatcher: which tiers to look at before their time."""

import asyncio
from typing import Any

from parley.pools import redis

BELL = "parley:tiers:bell"  # a sorted set, as it holds each tier once, however often it is rung
_AT_ONCE = 2.0  # seconds of one blocking command: less than the pool's socket_timeout


async def ring(tier_key: str) -> None:
    """Wake the dispatcher for this tier. Raises RedisError."""
    await redis().zadd(BELL, {tier_key: 0})


def ring_now(tier_key: str) -> None:
    """The same for synchronous code (the admin)."""
    from django_rq import get_connection

    get_connection("turns").zadd(BELL, {tier_key: 0})


async def wait_for_work(timeout: float) -> set[str]:  # noqa: ASYNC109 - the server's, and an empty set is no error
    """Wait until a tier is rung, at most so many seconds; the keys of all that were. Raises RedisError."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while (left := end - loop.time()) > 0:
        found: Any = await redis().bzpopmin(BELL, max(min(left, _AT_ONCE), 0.001))
        if found:
            return {found[1].decode(), *await _rung()}
    return await _rung()


async def _rung() -> set[str]:
    others: Any = await redis().zpopmin(BELL, 10_000)
    return {key.decode() for key, _ in others}
