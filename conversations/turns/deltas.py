"""Deltas: streamed text, gathered for some milliseconds, rendered, and appended to the event log."""

import asyncio
import logging

from django.conf import settings
from redis.exceptions import RedisError

from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event
from conversations.turns.claim import ClaimedTurn, LostTurn
from parley.markdown import MarkdownStream

log = logging.getLogger(__name__)


class DeltaWriter:
    """`add` text as it comes; it is sent on by a task of its own, so that a pause of the provider holds nothing back.

    `add` raises LostTurn once the log has refused us. Without Redis the text is still gathered, and what could
    not be sent goes with the next delta, so that clients have no gap. A log that was lost begins anew with all of it.
    """

    def __init__(self, turn: ClaimedTurn) -> None:
        self.turn = turn
        self.text = ""
        self._pending: list[str] = []
        self._markdown = MarkdownStream()
        self._blocks: list[str] = []
        self._unsent: int | None = None  # the first block that the log does not hold as it is
        self._news = asyncio.Event()
        self._shown = 0  # blocks that clients have
        self._lost = False
        self._task = asyncio.create_task(self._run())

    def add(self, text: str) -> None:
        """Take text from the provider. Raises LostTurn."""
        if self._lost:
            raise LostTurn
        self.text += text
        self._pending.append(text)
        self._news.set()

    def restart(self) -> None:
        """Forget everything: the next delta replaces the answer from its first block on."""
        self.text, self._pending, self._markdown = "", [], MarkdownStream()

    async def clear(self) -> None:
        """Tell clients to take away what they show, before the answer starts again."""
        self.restart()
        await self._append(0, [])

    async def close(self) -> None:
        """Send what is left, then end."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()

    async def _run(self) -> None:
        while not self._lost:
            await self._news.wait()
            self._news.clear()
            await asyncio.shield(asyncio.ensure_future(self._flush()))
            await asyncio.sleep(settings.DELTA_SECONDS)

    async def _flush(self) -> None:
        text, self._pending = "".join(self._pending), []
        if not text or self._lost:
            return
        first, blocks = self._markdown.feed(text)
        if blocks or first < self._shown:  # white space alone changes nothing
            await self._append(first, blocks)

    async def _append(self, first: int, blocks: list[str]) -> None:
        self._blocks[first:] = blocks
        self._unsent = first if self._unsent is None else min(first, self._unsent)
        self._shown = first + len(blocks)
        try:
            if (number := await self._send(self._unsent)) == eventlog.BEHIND:
                number = await self._send(0)
            self._lost = number == 0
            self._unsent = None
        except (RedisError, OSError) as error:
            log.warning("A delta of turn %s was not sent (%s)", self.turn.id, type(error).__name__)

    async def _send(self, first: int) -> int:
        fields = {"attempt": self.turn.attempt, "from": first, "blocks": self._blocks[first:]}
        event = Event("delta", fields, turn=self.turn.id, attempt=self.turn.attempt)
        return (await eventlog.append(self.turn.conversation, event))[0]
