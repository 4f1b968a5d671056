"""What this process has added and not yet written: one slice of memory for each minute of the database's clock."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, time

from observability.statistics.sketch import bucket

Dimensions = tuple[str, int, int, int, int]  # label, site, model, rule, audience; 0 for none
Name = tuple[str, str, int, int, int, int]  # the figure, and those
MOST_CELLS = 5000  # of one slice: about 2 MB
MOST_SLICES = 180  # that wait for the database; then the two oldest become one
OTHER = "other"


class Entry:
    """What was added to one cell."""

    __slots__ = ("count", "marks", "total")

    def __init__(self) -> None:
        self.count, self.total = 0, 0.0
        self.marks: dict[int, int] = {}

    def join(self, other: "Entry") -> None:
        """Add what another has."""
        self.count += other.count
        self.total += other.total
        for index, count in other.marks.items():
            self.marks[index] = self.marks.get(index, 0) + count


@dataclass
class Slice:
    """Cells, and when the first and the newest value came, by this process's monotonic clock."""

    minute: int
    began: float
    ended: float
    cells: dict[Name, Entry] = field(default_factory=dict)

    @property
    def middle(self) -> float:
        """The moment that stands for all of it."""
        return (self.began + self.ended) / 2

    def join(self, other: "Slice") -> None:
        """Take over what a slice of about the same time has."""
        self.ended = max(self.ended, other.ended)
        for name, entry in other.cells.items():
            if (mine := self.cells.get(name)) is None:
                self.cells[name] = entry
            else:
                mine.join(entry)


class Slices:
    """Any thread adds; one takes. Of the minute it knows what the database's clock said last, before that our own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Slice | None = None
        self._closed: list[Slice] = []
        self.offset = time() - monotonic()  # from the monotonic clock to the database's

    def add(self, name: Name, values: Sequence[float], at: float, marked: bool) -> None:
        """Count a cell's values of one minute, the first of them `at` (monotonic); `marked`: into a sketch as well."""
        minute = int((at + self.offset) // 60)
        with self._lock:
            opened = self._open
            if opened is None or opened.minute != minute:
                opened = self._next(minute, at)
            opened.ended = max(opened.ended, at)
            entry = opened.cells.get(name)
            if entry is None:
                entry = self._entry(opened.cells, name)
            entry.count += len(values)
            entry.total += sum(values)
            if marked:
                marks = entry.marks
                for value in values:
                    index = bucket(value)
                    marks[index] = marks.get(index, 0) + 1

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not (self._open or self._closed)

    def take(self) -> list[Slice]:
        """All that waits, oldest first; it is the caller's now."""
        with self._lock:
            taken = [*self._closed, *([self._open] if self._open else [])]
            self._closed, self._open = [], None
        return taken

    def give_back(self, slices: list[Slice]) -> None:
        """What could not be written waits on; when it is too much, the oldest are joined, with the newer's time."""
        with self._lock:
            self._closed = joined([*slices, *self._closed])
            while len(self._closed) > MOST_SLICES:
                oldest = self._closed.pop(0)
                newer = self._closed[0]
                began, ended = newer.began, newer.ended
                newer.join(oldest)
                newer.began, newer.ended = began, ended

    def _next(self, minute: int, now: float) -> Slice:
        if self._open:
            self._closed.append(self._open)
        self._open = Slice(minute, now, now)
        return self._open

    def _entry(self, cells: dict[Name, Entry], name: Name) -> Entry:
        """A new cell; beyond the bound, the figure's one for everything else."""
        if len(cells) >= MOST_CELLS:
            name = (name[0], OTHER, 0, 0, 0, 0)
        return cells.setdefault(name, Entry())


def joined(slices: list[Slice]) -> list[Slice]:
    """Slices of the same minute become one."""
    by_minute: dict[int, Slice] = {}
    for each in slices:
        if (found := by_minute.get(each.minute)) is None:
            by_minute[each.minute] = each
        else:
            found.join(each)
    return list(by_minute.values())
