"""Flushing: what all the answers of a worker have gathered goes to the log together, in one round trip.

An answer's first words go at once. After that each tick takes what came since: every PARLEY_DELTA_SECONDS while few
answers are streamed, less often while many are, since each delta costs every process on its way.
"""

import asyncio
import logging
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from redis.exceptions import RedisError

from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event
from parley.background import spawn
from parley.pools import on_close

if TYPE_CHECKING:
    from conversations.turns.deltas import DeltaWriter

log = logging.getLogger(__name__)
DELTAS_A_SECOND = 300.0  # of one worker, as long as that leaves no client without news for too long:
LONGEST_GAP = 0.2  # seconds
AT_A_TIME = 25  # rendered in a row before others get the loop


class Flusher:
    """Belongs to one event loop; runs while there is anything to send."""

    def __init__(self) -> None:
        self._wanting: dict[DeltaWriter, None] = {}
        self._ticking: asyncio.Task[None] | None = None

    def want(self, writer: "DeltaWriter", *, at_once: bool = False) -> None:
        """The writer has something to send."""
        if at_once:
            spawn(self.send([writer]))
            return
        self._wanting[writer] = None
        if self._ticking is None or self._ticking.done():
            self._ticking = spawn(self._tick())

    def forget(self, writer: "DeltaWriter") -> None:
        """It wants nothing any more."""
        self._wanting.pop(writer, None)

    async def send(self, writers: "Sequence[DeltaWriter]") -> None:
        """Send what they have now. Those that are being sent for have their turn with the next tick."""
        free = [writer for writer in writers if writer.idle.is_set()]
        for writer in free:
            writer.idle.clear()
        try:
            if behind := await self._append(free, whole=False):
                await self._append(behind, whole=True)
        except (RedisError, OSError) as error:
            log.warning("Deltas of %s turns were not sent (%s)", len(free), type(error).__name__)
        finally:
            for writer in free:
                writer.idle.set()

    async def close(self) -> None:
        """End the ticking."""
        if self._ticking:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(settings.DELTA_SECONDS)
        while self._wanting:
            began, writers = clock(), list(self._wanting)
            self._wanting = {writer: None for writer in writers if not writer.idle.is_set()}
            await self.send(writers)
            pause = min(max(len(writers) / DELTAS_A_SECOND, settings.DELTA_SECONDS), LONGEST_GAP)
            await asyncio.sleep(max(pause - (clock() - began), 0.0))

    @staticmethod
    async def _append(writers: "Sequence[DeltaWriter]", *, whole: bool) -> "list[DeltaWriter]":
        """Those whose log was lost, and must get all of their answer."""
        events = []
        for count, writer in enumerate(writers):
            if event := _event(writer, whole=whole):
                events.append((writer, event))
            if count % AT_A_TIME == AT_A_TIME - 1:
                await asyncio.sleep(0)
        if not events:
            return []
        numbers = await eventlog.append_many([(writer.turn.conversation, event) for writer, event in events])
        return [writer for (writer, _), number in zip(events, numbers, strict=True) if writer.sent(number)]


def _event(writer: "DeltaWriter", *, whole: bool) -> Event | None:
    try:
        return writer.event(whole=whole)
    except Exception:  # of one answer's text; the others' go on, and its own comes whole in the end
        log.exception("The text of turn %s could not be rendered", writer.turn.id)
        return None


_flushers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Flusher] = weakref.WeakKeyDictionary()


def flusher() -> Flusher:
    """This loop's."""
    return _flushers.setdefault(asyncio.get_running_loop(), Flusher())


async def _close() -> None:
    if found := _flushers.pop(asyncio.get_running_loop(), None):
        await found.close()


on_close(_close)
