"""Numbers out of cells: a board's charts and tiles say with these what they show of a figure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from observability.dashboards.reading import Key, Reader
from observability.statistics import Cell
from observability.statistics.cells import merged
from observability.statistics.counting import By
from observability.statistics.figures import FIGURES, Kind

Of = Callable[[Cell], float | None]


def count(cell: Cell) -> float:
    """How many."""
    return cell.count


def total(cell: Cell) -> float:
    """Their sum."""
    return cell.total


def mean(cell: Cell) -> float | None:
    """Their mean; of a level, its mean height."""
    return cell.mean


@dataclass(frozen=True)
class Quantile:
    """The value below which the share `q` lies: Quantile(.95) is p95."""

    q: float

    def __call__(self, cell: Cell) -> float | None:
        """In the figure's unit."""
        return cell.quantile(self.q)

    @property
    def title(self) -> str:
        """p95."""
        return f"p{100 * self.q:g}"


def additive(of: Of) -> bool:
    """Whether a step without anything is zero; otherwise it is a gap."""
    return of in {count, total}


def values(cells: Sequence[Cell], of: Of) -> list[float | None]:
    """A number for each: where nothing was counted, zero if `of` adds up, else None."""
    nothing = 0.0 if additive(of) else None
    return [of(cell) if cell.count else nothing for cell in cells]


@dataclass(frozen=True)
class Part:
    """What of a figure is meant: those with one of the labels (none named: all), and `of` it.

    The heights of a level are added up over its labels, where other cells are merged.
    """

    figure: str
    labels: tuple[str, ...] = ()
    of: Of = count

    @property
    def figures(self) -> tuple[str, ...]:
        """What it reads."""
        return (self.figure,)

    @property
    def adds_up(self) -> bool:
        """Whether it grows with the length of a step."""
        return additive(self.of)

    def values(self, reader: Reader, *, before: bool = False) -> list[float | None]:
        """For each step; nothing counted is zero where `of` adds up, otherwise None."""
        lines = [
            cells for key, cells in reader.series(self.figure, self._by, before=before).items() if self._takes(key)
        ]
        if self._level:
            heights = [values(cells, self.of) for cells in lines] or [[None] * reader.shown.buckets]
            return [_sum(step) for step in zip(*heights, strict=True)]
        cells = lines[0] if len(lines) == 1 else [merged(step) for step in zip(*lines, strict=True)]
        return values(cells or [Cell()] * reader.shown.buckets, self.of)

    def value(self, reader: Reader, *, before: bool = False) -> float | None:
        """For the whole range; as above."""
        cells = [cell for key, cell in reader.totals(self.figure, self._by, before=before).items() if self._takes(key)]
        return _sum(values(cells, self.of)) if self._level else values([merged(cells)], self.of)[0]

    @property
    def _level(self) -> bool:
        return FIGURES[self.figure].kind is Kind.LEVEL

    @property
    def _by(self) -> By:
        return "label" if self.labels or self._level else None

    def _takes(self, key: Key) -> bool:
        return not self.labels or key in self.labels


@dataclass(frozen=True)
class Ratio:
    """One part for each of another: a share, or cost for each turn. None where there is nothing to divide by."""

    part: Part
    whole: Part

    @property
    def figures(self) -> tuple[str, ...]:
        """What it reads."""
        return (self.part.figure, self.whole.figure)

    @property
    def adds_up(self) -> bool:
        """Never."""
        return False

    def values(self, reader: Reader, *, before: bool = False) -> list[float | None]:
        """For each step."""
        parts, wholes = (each.values(reader, before=before) for each in (self.part, self.whole))
        return [_divided(*pair) for pair in zip(parts, wholes, strict=True)]

    def value(self, reader: Reader, *, before: bool = False) -> float | None:
        """For the whole range: of its sums, not of the steps' ratios."""
        return _divided(self.part.value(reader, before=before), self.whole.value(reader, before=before))


def _sum(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _divided(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


Measure = Part | Ratio
