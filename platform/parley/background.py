"""Work that a reply does not wait for. A task that nobody holds may be collected, so they are held here."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)
_tasks: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Run `work` on its own; an exception is logged."""
    task = asyncio.get_running_loop().create_task(work)
    _tasks.add(task)
    task.add_done_callback(_ended)
    return task


async def settled() -> None:
    """Wait for what was spawned in this loop."""
    while mine := _of_this_loop():
        await asyncio.gather(*mine, return_exceptions=True)


async def end() -> None:
    """Cancel what was spawned in this loop and still runs: what it uses is about to go."""
    mine = _of_this_loop()
    for task in mine:
        task.cancel()
    await asyncio.gather(*mine, return_exceptions=True)


def _of_this_loop() -> list[asyncio.Task[Any]]:
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    return [task for task in _tasks if task.get_loop() is loop and task is not me]


def _ended(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()):
        log.error("Background work failed", exc_info=error)
