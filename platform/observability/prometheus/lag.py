"""How late the event loop comes back: what every turn of a process feels when something hogs it."""

import asyncio
import time
import weakref

from observability.prometheus.registry import loop_lag

EVERY = 1.0  # seconds
_watched: "weakref.WeakSet[asyncio.AbstractEventLoop]" = weakref.WeakSet()


def watch() -> None:
    """Measure the running loop from now on, once a second, until it is closed."""
    loop = asyncio.get_running_loop()
    if loop not in _watched:
        _watched.add(loop)
        loop.call_later(EVERY, _look, loop, time.monotonic() + EVERY)


def _look(loop: asyncio.AbstractEventLoop, due: float) -> None:
    now = time.monotonic()
    loop_lag.observe(max(now - due, 0.0))
    loop.call_later(EVERY, _look, loop, now + EVERY)
