"""Deltas: streamed text, gathered for some milliseconds and rendered, as events for the log."""

import asyncio

from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event
from conversations.turns.claim import ClaimedTurn, LostTurn
from conversations.turns.flushing import flusher
from parley.markdown import MarkdownStream


class DeltaWriter:
    """`add` text as it comes; the loop's flusher sends it on, so that a pause of the provider holds nothing back.

    `add` raises LostTurn once the log has refused us. Without Redis the text is still gathered, and what could
    not be sent goes with the next delta, so that clients have no gap. A log that was lost begins anew with all of it.
    What is not sent when the writer is closed is in the answer, whose event follows and replaces all deltas.
    """

    def __init__(self, turn: ClaimedTurn) -> None:
        self.turn = turn
        self.text = ""
        self.idle = asyncio.Event()  # not set while the flusher sends something of ours
        self.idle.set()
        self._pending: list[str] = []
        self._markdown = MarkdownStream()
        self._blocks: list[str] = []
        self._unsent: int | None = None  # the first block that the log does not hold as it is
        self._shown = 0  # blocks that clients have
        self._lost = False

    def add(self, text: str) -> None:
        """Take text from the provider. Raises LostTurn."""
        if self._lost:
            raise LostTurn
        first, self.text = not self.text, self.text + text
        self._pending.append(text)
        flusher().want(self, at_once=first)

    def restart(self) -> None:
        """Forget everything: the next delta replaces the answer from its first block on."""
        self.text, self._pending, self._markdown = "", [], MarkdownStream()

    async def clear(self) -> None:
        """Tell clients to take away what they show, before the answer starts again."""
        await self.idle.wait()
        self.restart()
        self._replace(0, [])
        await flusher().send([self])

    async def close(self) -> None:
        """Send no more."""
        flusher().forget(self)
        await self.idle.wait()

    def event(self, *, whole: bool = False) -> Event | None:
        """What the log does not hold yet (or all, for a log that was lost); None when there is nothing new."""
        text, self._pending = "".join(self._pending), []
        if text:
            first, blocks = self._markdown.feed(text)
            if blocks or first < self._shown:  # white space alone changes nothing
                self._replace(first, blocks)
        if whole:
            self._unsent = 0
        if self._unsent is None or self._lost:
            return None
        fields = {"attempt": self.turn.attempt, "from": self._unsent, "blocks": self._blocks[self._unsent :]}
        return Event("delta", fields, turn=self.turn.id, attempt=self.turn.attempt)

    def sent(self, number: int) -> bool:
        """Take the log's reply to the last event; whether it wants all of the answer again."""
        if number == eventlog.BEHIND:
            return True
        self._lost, self._unsent = number == 0, None
        return False

    def _replace(self, first: int, blocks: list[str]) -> None:
        self._blocks[first:] = blocks
        self._unsent = first if self._unsent is None else min(first, self._unsent)
        self._shown = first + len(blocks)
