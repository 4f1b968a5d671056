"""Statistics of times that are over: for what is imported, tried or measured. In bulk, in numpy.

    write_past("answer_seconds", [("model", 1, 3, 0, 2), …], which, at, values)

Minutes are written where they are still kept, else hours, else days; the rest is rolling up's.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, LiteralString

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from observability.statistics.figures import FIGURES, Kind
from observability.statistics.numbers import numbers_of
from observability.statistics.partitions import make_partitions
from observability.statistics.records import MARK_FIELDS, MOST_MARK, SUM_FIELDS
from observability.statistics.rolling import mark_due
from observability.statistics.sketch import buckets
from observability.statistics.slices import Dimensions
from observability.statistics.steps import Grain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

COPY: dict[Grain, LiteralString] = {
    Grain.MINUTE: "COPY observability_minute (at, figure, sums, sketch) FROM STDIN (FORMAT BINARY)",
    Grain.HOUR: "COPY observability_hour (at, figure, sums, sketch) FROM STDIN (FORMAT BINARY)",
    Grain.DAY: "COPY observability_day (at, figure, sums, sketch) FROM STDIN (FORMAT BINARY)",
}
COARSER = {Grain.MINUTE: Grain.HOUR, Grain.HOUR: Grain.DAY}
Packed = tuple[int, bytes, bytes]  # seconds since 1970, sums, sketch


def write_past(
    figure: str, cells: Sequence[Dimensions], which: "Array", at: "Array", values: "Array", source: str = ""
) -> None:
    """Each value belongs to the cell `cells[which]` and to the moment `at` (seconds since 1970), which is over.

    `cells` are (label, site, model, rule, audience), 0 for none. Values are added to what is there. `source` names who
    may take them away again (`remove_source`).
    """
    if not len(at):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        found = numbers_of(cursor, set(cells), source)
        numbers = np.array([found[cell] for cell in cells], dtype=np.int64)[which]
        for grain, chosen in _by_grain(at):
            times = (at[chosen] // grain.seconds).astype(np.int64) * grain.seconds
            _copy(grain, figure, list(_packed(figure, times, numbers[chosen], values[chosen])))


def _by_grain(at: "Array") -> "Iterator[tuple[Grain, Array]]":
    """The finest grain whose rows are kept for the whole day (month) of each moment, and which moments have it."""
    now = timezone.now()
    minutes, hours = ((now - grain.kept).timestamp() for grain in (Grain.MINUTE, Grain.HOUR))
    day = at // Grain.DAY.seconds * Grain.DAY.seconds
    for grain, chosen in (
        (Grain.MINUTE, day >= minutes),
        (Grain.HOUR, (day < minutes) & (day >= hours)),
        (Grain.DAY, day < hours),
    ):
        if chosen.any():
            yield grain, chosen


def _packed(figure: str, times: "Array", numbers: "Array", values: "Array") -> Iterator[Packed]:
    """The records of each time, in order."""
    order = np.lexsort((numbers, times))
    times, numbers, values = times[order], numbers[order], values[order]
    first = np.flatnonzero(np.r_[True, (np.diff(times) != 0) | (np.diff(numbers) != 0)])
    sums = np.empty(len(first), dtype=SUM_FIELDS)
    sums["cell"], sums["count"] = numbers[first], np.diff(np.r_[first, len(times)])
    sums["total"] = np.add.reduceat(values, first)
    distinct, begins = np.unique(times[first], return_index=True)
    ends = np.r_[begins[1:], len(first)]
    marked = FIGURES[figure].kind is not Kind.COUNT
    sketches = _sketches(distinct, times, numbers, values) if marked else [b""] * len(distinct)
    for time, begin, end, sketch in zip(distinct, begins, ends, sketches, strict=True):
        yield int(time), sums[begin:end].tobytes(), sketch


def _sketches(distinct: "Array", times: "Array", numbers: "Array", values: "Array") -> list[bytes]:
    """One for each distinct time. Moments' counts of a bucket stay below what a record holds, or are cut there."""
    marks = buckets(values)
    order = np.lexsort((marks, numbers, times))
    times, numbers, marks = times[order], numbers[order], marks[order]
    changed = (np.diff(times) != 0) | (np.diff(numbers) != 0) | (np.diff(marks) != 0)
    # A new record also after so many equal ones.
    place = np.arange(len(times))
    begun = np.maximum.accumulate(np.where(np.r_[True, changed], place, 0))
    first = np.flatnonzero((place - begun) % MOST_MARK == 0)
    records = np.empty(len(first), dtype=MARK_FIELDS)
    records["cell"], records["bucket"] = numbers[first], marks[first]
    records["count"] = np.diff(np.r_[first, len(times)])
    bounds = np.searchsorted(times[first], np.append(distinct, distinct[-1] + 1))
    return [records[begin:end].tobytes() for begin, end in pairwise(bounds)]


def _copy(grain: Grain, figure: str, packed: list[Packed]) -> None:
    moments = [datetime.fromtimestamp(seconds, UTC) for seconds, _, _ in packed]
    make_partitions(grain, {_beginning(grain, moment) for moment in moments})
    with Cursor(connection.connection) as cursor, cursor.copy(COPY[grain]) as copy:
        copy.set_types(["timestamptz", "text", "bytea", "bytea"])
        for moment, (_, sums, sketch) in zip(moments, packed, strict=True):
            copy.write_row((moment, figure, sums, sketch))
    if coarser := COARSER.get(grain):
        size = coarser.seconds
        mark_due(coarser, {datetime.fromtimestamp(seconds // size * size, UTC) for seconds, _, _ in packed})


def _beginning(grain: Grain, moment: datetime) -> datetime:
    """Of the partition."""
    midnight = moment.replace(hour=0, minute=0, second=0)
    if grain is Grain.MINUTE:
        return midnight
    return midnight.replace(day=1) if grain is Grain.HOUR else midnight.replace(month=1, day=1)
