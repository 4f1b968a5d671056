"""What the charts and tiles of one answer read of the statistics: each thing once, in whole steps of the range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from observability.dashboards.ranges import Range
from observability.statistics import Cell, Period, Where, series, total
from observability.statistics.counting import By
from observability.statistics.figures import FIGURES, Kind

Key = int | str | None
Cells = Sequence[Cell]


@dataclass
class Reader:
    """`part` is what series are read of (all of the range, or its newest part); totals are always of all of it.

    Levels are of the whole installation: they know no site, so filters do not count for them.
    """

    range: Range
    where: Where = field(default_factory=Where)
    part: Range | None = None
    compare: bool = False
    _kept: dict[object, Mapping[Key, object]] = field(default_factory=dict)

    @property
    def shown(self) -> Range:
        """What series are of."""
        return self.part or self.range

    def series(self, figure: str, by: By = None, *, before: bool = False) -> Mapping[Key, Cells]:
        """Each group's cells, one for each step of `shown`, or of the period before it."""
        kept = ("series", figure, by, before)
        if kept not in self._kept:
            self._kept[kept] = self._series(figure, by, self._shown_before() if before else self.shown)
        return self._kept[kept]  # type: ignore[return-value]

    def totals(self, figure: str, by: By = None, *, before: bool = False) -> Mapping[Key, Cell]:
        """Each group's cell for the whole range, or for the period before it."""
        kept = ("total", figure, by, before)
        if kept not in self._kept:
            range_ = self.range.before if before else self.range
            self._kept[kept] = total(figure, Period(range_.start, range_.end), by=by, where=self._where(figure))
        return self._kept[kept]  # type: ignore[return-value]

    def _shown_before(self) -> Range:
        shift = self.range.start - self.range.before.start
        return Range(self.shown.start - shift, self.shown.end - shift, self.shown.step)

    def _where(self, figure: str) -> Where:
        return Where() if FIGURES[figure].kind is Kind.LEVEL else self.where

    def _series(self, figure: str, by: By, range_: Range) -> Mapping[Key, Cells]:
        period = Period(range_.start, range_.end)
        found = series(figure, period, by=by, where=self._where(figure), step=range_.step)
        places = {start: n for n, start in enumerate(range_.starts)}
        return {key: _placed(found.starts, cells, places) for key, cells in found.lines.items()}


def _placed(starts: Sequence[datetime], cells: Cells, places: Mapping[int, int]) -> Cells:
    """The cells at the steps of the range, and nothing elsewhere."""
    line = [Cell()] * len(places)
    for start, cell in zip(starts, cells, strict=True):
        place = places.get(int(start.timestamp()))
        if place is not None:
            line[place] = cell
    return line
