"""How often a stranger may do something. Counted in Redis by a moving window (the `limits` library)."""

import asyncio
import logging
import time
import weakref

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

log = logging.getLogger(__name__)
Limiters = weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, SlidingWindowCounterRateLimiter]
_limiters: Limiters = weakref.WeakKeyDictionary()


class TooMany(Exception):
    """Over the limit; `wait` seconds until there is room."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"Wait {wait:.0f} s.")
        self.wait = wait


async def count(action: str, who: str, a_minute: int) -> None:
    """Count one `action` of `who`. Raises TooMany. While Redis is away nothing is refused: no message may be lost."""
    limit, limiter = RateLimitItemPerMinute(a_minute), _limiter()
    try:
        async with asyncio.timeout(1):
            if await limiter.hit(limit, action, who):
                return
            reset = (await limiter.get_window_stats(limit, action, who)).reset_time
    except Exception as error:  # noqa: BLE001 - whatever Redis's client raises, the answer is the same
        log.warning("Rate limits are off while Redis is away: %s", type(error).__name__)
        return
    raise TooMany(min(max(reset - time.time(), 1.0), 60.0))


def _limiter() -> SlidingWindowCounterRateLimiter:
    loop = asyncio.get_running_loop()
    if (limiter := _limiters.get(loop)) is None:
        storage = RedisStorage(
            f"async+{settings.REDIS_URL}",
            implementation="redispy",
            key_prefix="parley:limit",
            socket_timeout=1,
            max_connections=16,
        )
        limiter = _limiters[loop] = SlidingWindowCounterRateLimiter(storage)
    return limiter
