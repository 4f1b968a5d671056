"""From what was counted, minute by minute, to the values that a rule looks at: one for each window.

No rows mean different things. Of what is counted there was none, so a number a minute or a sum is zero. A percentile of
nothing, or a share of nothing, cannot be told. Nor can a level that nobody looked at; `reading` puts noughts where
others were looked at.

A window's value depends on its own cells alone, to the last bit, so the past says what the present said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from observability.models.alerts import Measure
from observability.statistics.cells import Cell
from observability.statistics.figures import Figure, Kind, Unit
from observability.statistics.sketch import value_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

QUANTILES = {Measure.P50: 0.50, Measure.P95: 0.95, Measure.P99: 0.99, Measure.HIGHEST: 1.0}
OF_KIND: dict[Kind, tuple[Measure, ...]] = {
    Kind.TIMES: (Measure.P50, Measure.P95, Measure.P99),
    Kind.COUNT: (Measure.PER_MINUTE, Measure.SUM, Measure.SHARE),
    Kind.LEVEL: (Measure.MEAN, Measure.HIGHEST),
}
AT_ONCE = 500  # windows whose buckets are laid out: some 20 MB
Value = tuple[float | None, int]  # None where it cannot be told; and how many observations there were


def unit_of(figure: Figure, measure: Measure) -> Unit:
    """The unit of the value: a share has none of the figure's, a number a minute neither."""
    if measure == Measure.SHARE:
        return Unit.SHARE
    return Unit.NONE if measure == Measure.PER_MINUTE else figure.unit


@dataclass(frozen=True)
class Windows:
    """All runs of `size` steps, of `minutes` each. With fewer observations than `least` a percentile is not told."""

    figure: Figure
    size: int
    minutes: int
    least: int

    def values(self, measure: Measure, cells: Sequence[Cell]) -> list[Value]:
        """What each window of a line says; none where the line is shorter than a window."""
        counts = [int(each) for each in self._summed([cell.count for cell in cells])]
        if measure == Measure.PER_MINUTE:
            return [(each / self.minutes, count) for each, count in zip(self._amounts(cells), counts, strict=True)]
        if measure in QUANTILES:
            least = 1 if measure == Measure.HIGHEST else self.least
            found = self._quantiles(cells, QUANTILES[measure])
            return [(value if count >= least else None, count) for value, count in zip(found, counts, strict=True)]
        totals = self._summed([cell.total for cell in cells])
        pairs = zip(totals, counts, strict=True)
        if measure == Measure.SUM:
            return [(float(total), count) for total, count in pairs]
        return [(float(total) / count if count else None, count) for total, count in pairs]

    def shares(self, some: Sequence[Cell], every: Sequence[Cell]) -> list[Value]:
        """The share of some among all of them in each window."""
        pairs = zip(self._amounts(some), self._amounts(every), strict=True)
        return [(part / whole if whole >= self.least else None, int(whole)) for part, whole in pairs]

    def _amounts(self, cells: Sequence[Cell]) -> list[float]:
        """How many there were: the sum of what has no unit, else the number of times that something was added."""
        plain = self.figure.unit is Unit.NONE
        return [float(each) for each in self._summed([cell.total if plain else cell.count for cell in cells])]

    def _summed(self, values: Sequence[float]) -> "Array":
        import numpy as np

        if len(values) < self.size:
            return np.zeros(0)
        summed: Array = np.lib.stride_tricks.sliding_window_view(np.array(values), self.size).sum(axis=-1)
        return summed

    def _quantiles(self, cells: Sequence[Cell], share: float) -> list[float | None]:
        found: list[float | None] = []
        for first in range(0, len(cells) - self.size + 1, AT_ONCE):
            found += self._quantiles_of(cells[first : first + AT_ONCE + self.size - 1], share)
        return found

    def _quantiles_of(self, cells: Sequence[Cell], share: float) -> list[float | None]:
        """As `Sketch.quantile` of each window's merged sketch, without merging: a table of steps by buckets."""
        import numpy as np

        buckets, places = np.unique(np.concatenate([cell.sketch.buckets for cell in cells]), return_inverse=True)
        if not len(buckets):
            return [None] * (len(cells) - self.size + 1)
        table = np.zeros((len(cells) + 1, len(buckets)), dtype=np.int64)
        steps = np.repeat(np.arange(1, len(cells) + 1), [len(cell.sketch.buckets) for cell in cells])
        table[steps, places] = np.concatenate([cell.sketch.counts for cell in cells])
        summed = table.cumsum(axis=0)
        reached = (summed[self.size :] - summed[: -self.size]).cumsum(axis=1)
        ranks = np.maximum(1, np.ceil(share * reached[:, -1] - 1e-9))
        found = (reached < ranks[:, None]).sum(axis=1)
        return [value_of(int(buckets[at])) if at < len(buckets) else None for at in found]
