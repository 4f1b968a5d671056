"""What a query gives back: counts, sums and sketches, by step and by line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from observability.statistics.sketch import Sketch

Key = str | int | None  # a label, the number of a site, model, rule or audience, or None for what has none
EMPTY = Sketch.counted({})


@dataclass(frozen=True)
class Cell:
    """What was added in a step. `sketch` is empty where the figure is a COUNT."""

    count: int = 0
    total: float = 0.0
    sketch: Sketch = field(default=EMPTY, repr=False)

    @property
    def mean(self) -> float | None:
        """Sum by count. None: nothing was added."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """The value that this share (0 to 1) does not exceed, within 0.5 %; None: nothing was added, or a COUNT."""
        return self.sketch.quantile(share)

    def merge(self, *others: "Cell") -> "Cell":
        """What was added to any of them."""
        every = (self, *others)
        return Cell(
            sum(each.count for each in every),
            sum(each.total for each in every),
            self.sketch.merge(*(each.sketch for each in others)),
        )


@dataclass(frozen=True)
class Series:
    """Steps of `step` seconds, the starts of all of them, and for each line one cell a step.

    A line is a key of what was asked `by`; without it there is one, of the key None, also when nothing was added.
    The first step begins at or before the period that was asked for, the last may go on.
    """

    step: int
    starts: Sequence[datetime]
    lines: Mapping[Key, Sequence[Cell]]

    def whole(self, key: Key = None) -> Cell:
        """A line merged over all of its steps."""
        return merged(self.lines.get(key, ()))

    @classmethod
    def empty(cls, step: int, starts: Sequence[datetime]) -> Self:
        """Steps in which nothing was added."""
        return cls(step, starts, {None: [Cell()] * len(starts)})


def merged(cells: Iterable[Cell]) -> Cell:
    """What was added to any of them."""
    return Cell().merge(*cells)
