"""What this process has counted since it began, by figure, label, site and model: a listener of the statistics.

Names are looked up when somebody asks. Bounded: what comes beyond MOST cells of a
figure is counted under "other" sites and models.
"""

import math
import time
from bisect import bisect_left
from collections.abc import Sequence
from threading import Lock

from observability.statistics import FIGURES, Figure, Kind

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, math.inf)  # seconds
MOST = 400  # cells of a figure
LEVEL_SECONDS = 60.0  # that a level counts without being told again: another process may be the leader by now
OTHER = -1
Place = tuple[str, int, int]  # label, site, model; 0 for none, OTHER for the rest


class Count:
    """How many times, and the sum."""

    __slots__ = ("times", "total")

    def __init__(self) -> None:
        self.times, self.total = 0, 0.0


class Times(Count):
    """Also how many in each bucket, not yet added up."""

    __slots__ = ("buckets",)

    def __init__(self) -> None:
        super().__init__()
        self.buckets = [0] * len(BUCKETS)


class Height:
    """The newest value of a level, and when it came."""

    __slots__ = ("at", "value")

    def __init__(self) -> None:
        self.at, self.value = 0.0, 0.0


class Cells:
    """All of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, dict[Place, Count]] = {name: {} for name in FIGURES}
        self._levels: dict[str, dict[str, Height]] = {name: {} for name in FIGURES}

    def hear(
        self,
        figure: Figure,
        values: Sequence[float],
        at: float,
        label: str,
        site: int,
        model: int,
        rule: int,
        audience: int,
    ) -> None:
        """Take in values, the first of which came `at` (monotonic)."""
        del rule, audience  # too many series
        if figure.kind is Kind.LEVEL:
            height = self._levels[figure.name].setdefault(label, Height())
            height.at, height.value = at, values[-1]
            return
        with self._lock:
            cell = self._cell(figure, (label, site, model))
            cell.times += len(values)
            cell.total += sum(values)
            if isinstance(cell, Times):
                for value in values:
                    cell.buckets[bisect_left(BUCKETS, value)] += 1

    def _cell(self, figure: Figure, place: Place) -> Count:
        cells = self._counts[figure.name]
        cell = cells.get(place)
        if cell is None:
            if len(cells) >= MOST:
                place = (place[0], OTHER, OTHER)
            cell = cells.setdefault(place, Times() if figure.kind is Kind.TIMES else Count())
        return cell

    def counts(self, name: str) -> dict[Place, tuple[int, float, list[int]]]:
        """Of a figure: how many times, the sum, and the buckets of TIMES, by place."""
        with self._lock:
            return {
                place: (cell.times, cell.total, list(cell.buckets) if isinstance(cell, Times) else [])
                for place, cell in self._counts[name].items()
            }

    def heights(self, name: str) -> dict[str, float]:
        """Of a level: what was told within the last minute, by label."""
        since = time.monotonic() - LEVEL_SECONDS
        return {label: each.value for label, each in list(self._levels[name].items()) if each.at > since}
