"""What prometheus_client asks for all figures, with sites and models by their names."""

import math
from collections import defaultdict
from collections.abc import Iterator

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from observability.prometheus import naming
from observability.prometheus.cells import BUCKETS, Cells
from observability.prometheus.known import known
from observability.statistics import FIGURES, Figure, Kind, settle

OTHER_NAME = "other"
Sums = tuple[int, float, list[int]]


class FigureCollector(Collector):
    """Figures of one process, read from its cells."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are known without asking, and asking would look names up."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All families; those of which nothing was counted have no samples."""
        settle()
        sites, models = _Names("site"), _Names("model")
        for figure in FIGURES.values():
            if figure.kind is Kind.LEVEL:
                yield self._level(figure)
            else:
                places = _by_name(self._cells.counts(figure.name), figure, sites, models)
                yield from _times(figure, places) if figure.kind is Kind.TIMES else _counts(figure, places)

    def _level(self, figure: Figure) -> Metric:
        labels = naming.label_names(figure)
        family = GaugeMetricFamily(naming.measured(figure), figure.title, labels=labels)
        for label, height in self._cells.heights(figure.name).items():
            family.add_metric([label][: len(labels)], height)
        return family


class _Names:
    """Names for numbers; 0 has none, and what is not known is "other"."""

    def __init__(self, kind: str) -> None:
        self._names = {**known(kind), 0: ""}

    def __getitem__(self, number: int) -> str:
        return self._names.get(number, OTHER_NAME)


def _by_name(
    cells: dict[tuple[str, int, int], Sums], figure: Figure, sites: _Names, models: _Names
) -> dict[tuple[str, ...], Sums]:
    """Cells by the values of the figure's labels; those whose values are the same are added up."""
    found: defaultdict[tuple[str, ...], Sums] = defaultdict(lambda: (0, 0.0, [0] * len(BUCKETS)))
    labelled = bool(figure.labels or figure.open_label)
    for (label, site, model), (times, total, buckets) in cells.items():
        values = ([label] if labelled else []) + [sites[site], models[model]]
        before = found[tuple(values)]
        added = [one + other for one, other in zip(before[2], buckets, strict=False)]
        found[tuple(values)] = (before[0] + times, before[1] + total, added)
    return found


def _counts(figure: Figure, places: dict[tuple[str, ...], Sums]) -> Iterator[Metric]:
    labels = naming.label_names(figure)
    if name := naming.counted(figure):
        counted = CounterMetricFamily(name, f"{figure.title}: how many", labels=labels)
        for values, (times, _, _) in places.items():
            counted.add_metric(values, times)
        yield counted
    summed = CounterMetricFamily(naming.summed(figure), figure.title, labels=labels)
    for values, (_, total, _) in places.items():
        summed.add_metric(values, total)
    yield summed


def _bound(seconds: float) -> str:
    return "+Inf" if math.isinf(seconds) else str(seconds)


def _times(figure: Figure, places: dict[tuple[str, ...], Sums]) -> Iterator[Metric]:
    family = HistogramMetricFamily(naming.measured(figure), figure.title, labels=naming.label_names(figure))
    for values, (_, total, buckets) in places.items():
        below, cumulated = 0, []
        for bound, count in zip(BUCKETS, buckets, strict=True):
            below += count
            cumulated.append((_bound(bound), float(below)))
        family.add_metric(values, cumulated, total)
    yield family
