"""The patrol: once in a while somebody looks whether a ring was lost, for all listeners of a process together.

A read for each of ten thousand idle clients every fifteen seconds kept a third of a core busy, and those that fell due
together held up everyone else for seconds. Asking Redis for the newest cursors of hundreds at once costs very little.
"""

import asyncio
import logging
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from redis.exceptions import RedisError

from conversations.delivery import eventlog
from conversations.delivery.bell import Ring
from parley import pools

log = logging.getLogger(__name__)
ROUND_SECONDS = 15.0  # in which everyone is looked after once
AT_ONCE = 200


@dataclass(eq=False, slots=True)
class Watch:
    """A listener: what it listens to, and the cursor up to which it has everything."""

    conversation: UUID
    ring: Ring
    cursor: str = ""


class Patrol:
    """The listeners of one event loop, and the task that goes round."""

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, watch: Watch) -> None:
        """Look after it from now on."""
        self.watches.add(watch)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._go_round())

    async def _go_round(self) -> None:
        while True:
            everyone = list(self.watches)
            groups = [everyone[first : first + AT_ONCE] for first in range(0, len(everyone), AT_ONCE)]
            for group in groups:
                await asyncio.sleep(ROUND_SECONDS / len(groups))
                await _look_after(group)
            if not groups:
                await asyncio.sleep(ROUND_SECONDS)

    async def close(self) -> None:
        """End the task."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def _look_after(group: Sequence[Watch]) -> None:
    """Ring those whose log has more than they have, or is gone."""
    try:
        newest = await eventlog.newest([watch.conversation for watch in group])
    except (RedisError, OSError) as error:
        log.debug("The patrol skips a group (%s)", type(error).__name__)
        return
    for watch, cursor in zip(group, newest, strict=True):
        if watch.cursor != cursor:
            watch.ring.ring()


@contextmanager
def watched(conversation: UUID, ring: Ring) -> Iterator[Watch]:
    """A watch over the listener for the block; whoever listens keeps its `cursor` up to date."""
    patrol, watch = _patrols.setdefault(asyncio.get_running_loop(), Patrol()), Watch(conversation, ring)
    patrol.add(watch)
    try:
        yield watch
    finally:
        patrol.watches.discard(watch)


_patrols: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Patrol] = weakref.WeakKeyDictionary()


async def _close() -> None:
    if found := _patrols.pop(asyncio.get_running_loop(), None):
        await found.close()


pools.on_close(_close)
