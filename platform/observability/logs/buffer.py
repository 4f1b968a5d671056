"""What waits in this process to be written: appended from any thread or loop, in microseconds, and bounded.

    record(conversation, Kind.PROMPT, {"messages": […]}, turn=5, site=1)
    troubled(conversation, Reason.ERROR)

Neither raises nor blocks. The data must not be changed afterwards: it is read a moment later, in the writer's thread.
"""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from observability.logs.kinds import Kind, Reason

log = logging.getLogger(__name__)
MOST = 20_000  # records that wait; what comes then is dropped and counted
_counter = itertools.count()


@dataclass(slots=True)  # not frozen: that takes three times as long to make
class Entry:
    """A record as it was given; `at` is this process's clock. One without a kind only says that there is trouble."""

    conversation: UUID
    kind: Kind | None
    data: Mapping[str, Any] = field(default_factory=dict)
    turn: int | None = None
    site: int | None = None
    audience: int | None = None
    rule: int | None = None
    reason: Reason | None = None
    at: float = field(default_factory=time.time)
    number: int = field(default_factory=_counter.__next__)


class Buffer:
    """First in, first out. `wake` is set when the writer should look, `hurry` when it should not wait for more."""

    def __init__(self, most: int = MOST) -> None:
        self._entries: deque[Entry] = deque()
        self._most = most
        self.wake, self.hurry = threading.Event(), threading.Event()
        self.dropped = 0
        self._start: Callable[[], None] | None = None

    def on_first(self, start: Callable[[], None]) -> None:
        """Call it when the next entry has come."""
        self._start = start

    def start_anew(self, start: Callable[[], None]) -> None:
        """In a process that was forked off: what the parent has recorded, the parent writes."""
        self._entries.clear()
        self.wake, self.hurry = threading.Event(), threading.Event()
        self.dropped = 0
        self._start = start

    def put(self, entry: Entry, *, at_once: bool = False) -> None:
        """Keep it, unless too many wait: trouble is let in still."""
        if len(self._entries) >= self._most * (2 if at_once else 1):
            self.dropped += 1
            return
        self._entries.append(entry)
        if at_once:
            self.hurry.set()
        if not self.wake.is_set():
            self.wake.set()
        if self._start:
            start, self._start = self._start, None
            start()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._entries)

    def take(self) -> list[Entry]:
        """All that wait."""
        entries = self._entries
        return [entries.popleft() for _ in range(len(entries))]

    def dropped_since(self) -> int:
        """How many were dropped since it was last asked."""
        dropped, self.dropped = self.dropped, 0
        return dropped


def _begin() -> None:
    from observability.logs.writing import start  # knows the models, which are not loaded when this module is

    start()


buffer = Buffer()
buffer.on_first(_begin)
AT_ONCE = frozenset({Kind.ERROR, Kind.WORKER_LOST, Kind.ATTEMPT_FAILED})


def record(
    conversation: UUID,
    kind: Kind | str,
    data: Mapping[str, Any],
    *,
    turn: int | None = None,
    site: int | None = None,
    audience: int | None = None,
    rule: int | None = None,
) -> None:
    """Log this of the conversation. An unknown kind becomes a note that names it."""
    try:
        known = kind if type(kind) is Kind else Kind(kind)
    except ValueError:
        known, data = Kind.NOTE, {"kind": str(kind), "data": data}
    buffer.put(Entry(conversation, known, data, turn, site, audience, rule), at_once=known in AT_ONCE)


def troubled(conversation: UUID, reason: Reason) -> None:
    """Keep this conversation's records, those from before included, and those that follow."""
    buffer.put(Entry(conversation, None, reason=Reason(reason)), at_once=True)
