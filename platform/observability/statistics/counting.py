"""Records of many rows, counted by step, line and bucket: everything that is asked for at once, in numpy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from observability.statistics.cells import EMPTY, Cell, Key
from observability.statistics.figures import Figure, Kind, Unit
from observability.statistics.known import KINDS, known, label_number
from observability.statistics.period import Where
from observability.statistics.records import MARK, SUM, read_sums, split_marks
from observability.statistics.sketch import NOTHING, Sketch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

By = Literal["label", "model", "site", "rule", "audience"] | None
DENSE = 4_000_000  # counters at once: 32 MB
BUCKETS = 2**16


@dataclass(frozen=True)
class Grouping:
    """The line of each cell's number, −1 for those that are not wanted; and what the lines are called."""

    of: "Array"
    keys: list[Key]


def lines(
    figure: Figure, found: Sequence[tuple[int, bytes, bytes]], steps: int, by: By, where: Where
) -> dict[Key, list[Cell]]:
    """Rows are a step, sums and sketch. Gives the cells of all steps for each line with anything in it, most first."""
    import numpy as np

    sums = read_sums(b"".join(sums for _, sums, _ in found))
    if not len(sums):
        return {}
    grouping = _grouping(int(sums["cell"].max()), by, where)
    width = steps * len(grouping.keys)
    flat, kept = _flat(
        grouping, sums["cell"], _steps([(step, len(data) // SUM.size) for step, data, _ in found]), steps
    )
    sums = sums[kept]
    totals = np.bincount(flat, sums["total"], minlength=width)
    counts = np.bincount(flat, sums["count"], minlength=width)
    if figure.kind is Kind.LEVEL and figure.unit is not Unit.SHARE:
        counts = _moments(sums, flat, width)
    return _cells(grouping.keys, steps, counts, totals, _sketches(grouping, found, steps, width))


def _steps(lengths: list[tuple[int, int]]) -> "Array":
    """The step of each record, from that of each row and how many records it has."""
    import numpy as np

    steps, counts = np.array(lengths, dtype=np.int64).T
    return np.repeat(steps, counts)


def _flat(grouping: Grouping, cells: "Array", places: "Array", steps: int) -> "tuple[Array, Array | slice]":
    """Where each record belongs among all lines' steps, of those that are wanted; and which these are."""
    lines_of = grouping.of.take(cells)
    wanted = lines_of >= 0
    if wanted.all():
        return lines_of * steps + places, slice(None)
    return lines_of[wanted] * steps + places[wanted], wanted


def _grouping(highest: int, by: By, where: Where) -> Grouping:
    import numpy as np

    arrays, labels = known(highest)
    wanted = np.ones(len(arrays["label"]), dtype=bool)
    for kind, numbers in zip(KINDS, (where.sites, where.models, where.rules, where.audiences), strict=True):
        if numbers:
            wanted &= np.isin(arrays[kind], [number or 0 for number in numbers])
    if where.labels:
        wanted &= np.isin(arrays["label"], [label_number(label) for label in where.labels])
    if by is None:
        return Grouping(np.where(wanted, 0, -1), [None])
    values, places = np.unique(arrays[by], return_inverse=True)
    keys: list[Key] = [_key(by, int(value), labels) for value in values]
    return Grouping(np.where(wanted, places, -1), keys)


def _key(by: By, value: int, labels: list[str]) -> Key:
    if by == "label":
        return labels[value] if value >= 0 else "?"
    return value if value > 0 else None


def _moments(sums: "Array", flat: "Array", width: int) -> "Array":
    """How often the parts of a level were looked at: together, so their means add up."""
    import numpy as np

    cells, which = np.unique(sums["cell"], return_inverse=True)
    both, places = np.unique(flat * len(cells) + which, return_inverse=True)
    counts = np.zeros(width)
    np.maximum.at(counts, both // len(cells), np.bincount(places, sums["count"]))
    return counts


def _sketches(
    grouping: Grouping, found: Sequence[tuple[int, bytes, bytes]], steps: int, width: int
) -> "tuple[Array, Array, Array]":
    """Buckets and their counts, of all lines' steps one after the other, and where each of these begins."""
    import numpy as np

    cells, buckets, counts = split_marks(b"".join(data for _, _, data in found))
    places = _steps([(step, len(data) // MARK.size) for step, _, data in found])
    flat, kept = _flat(grouping, cells, places, steps)
    place, bucket, count = _counted(flat, buckets[kept], counts[kept])
    return bucket, count, np.searchsorted(place, np.arange(width + 1))


def _counted(flat: "Array", buckets: "Array", counts: "Array") -> "tuple[Array, Array, Array]":
    """Distinct places and their buckets, in order, and the sum of counts of each."""
    import numpy as np

    if not len(flat):
        return (np.zeros(0, dtype=np.int64),) * 3
    present = np.flatnonzero(np.bincount(buckets, minlength=BUCKETS))
    rank = np.zeros(BUCKETS, dtype=np.int64)  # of the buckets that there are: some hundreds of 65,536
    rank[present] = np.arange(len(present))
    joined = flat * len(present) + rank.take(buckets)
    if (int(flat.max()) + 1) * len(present) <= DENSE:
        dense = np.bincount(joined, counts)
        hit = np.flatnonzero(dense)
        summed = dense[hit]
    else:
        hit, places = np.unique(joined, return_inverse=True)
        summed = np.bincount(places, counts)
    return hit // len(present), present[hit % len(present)] + NOTHING, summed.astype(np.int64)


def _cells(
    keys: list[Key], steps: int, counts: "Array", totals: "Array", sketches: "tuple[Array, Array, Array]"
) -> dict[Key, list[Cell]]:
    import numpy as np

    of_line = counts.reshape(len(keys), steps).sum(axis=1)
    buckets, marks, bounds = sketches
    made: dict[Key, list[Cell]] = {}
    for line in np.argsort(-of_line, kind="stable"):
        if not of_line[line]:
            break
        cells = made.setdefault(keys[line], [])
        for place in range(line * steps, (line + 1) * steps):
            first, last = bounds[place], bounds[place + 1]
            sketch = Sketch(buckets[first:last], marks[first:last]) if last > first else EMPTY
            cells.append(Cell(int(counts[place]), float(totals[place]), sketch))
    return made
