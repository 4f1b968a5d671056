"""Threads for job functions that are not coroutines."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import connections


class DaemonThreads:
    """At most so many calls at once, each in a daemon thread: one that hangs does not keep the process from ending.

    A thread cannot be cancelled. When its caller is (timeout, stop), it runs on to its end and keeps its place.
    """

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)

    async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What the function returns or raises; it sees the caller's context variables."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        context = contextvars.copy_context()

        def ended(result: Any, error: BaseException | None) -> None:
            self._places.release()
            if not future.done():
                future.set_exception(error) if error else future.set_result(result)

        def body() -> None:
            result: Any = None
            error: BaseException | None = None
            try:
                result = context.run(function, *args, **kwargs)
            except StopIteration as stop:  # no future takes one
                error = RuntimeError(f"The job raised {stop!r}")
            except BaseException as raised:  # noqa: BLE001 - it is the caller's
                error = raised
            finally:
                _close_database()
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(ended, result, error)

        threading.Thread(target=body, daemon=True, name=f"job {getattr(function, '__name__', '')}").start()
        return await future


def _close_database() -> None:
    """Give Django's connections back: they belong to a thread, and this one ends."""
    if settings.configured:
        connections.close_all()
