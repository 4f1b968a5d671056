"""Slices of memory become rows: one statement, and one or two more when a combination is new."""

from collections import defaultdict
from time import monotonic
from typing import Any, LiteralString

from observability.statistics.numbers import numbers_of
from observability.statistics.records import pack_marks, pack_sum
from observability.statistics.slices import Slice

# The minute is the database's: processes say how long ago, so their own clocks do not matter. It says its time. What
# waited for more than a day counts as of a day ago: minutes are kept for longer, so its hour can be summed again.
WRITE: LiteralString = """
    WITH given AS (SELECT * FROM unnest(%s::float8[], %s::text[], %s::bytea[], %s::bytea[])
            AS given (age, figure, sums, sketch)),
        written AS (INSERT INTO observability_fresh (at, figure, sums, sketch)
            SELECT date_trunc('minute', statement_timestamp() - make_interval(secs => least(age, 86400))),
                figure, sums, sketch FROM given)
    SELECT extract(epoch FROM clock_timestamp())::float8
"""


def write(cursor: Any, slices: list[Slice]) -> float:
    """Store them. Returns what to add to this process's monotonic clock for the database's. Raises OperationalError.

    When the connection breaks after the statement was carried out and before that was heard, they are written twice.
    """
    numbers = numbers_of(cursor, {name[1:] for each in slices for name in each.cells})
    packed = [(each.middle, *row) for each in slices for row in pack(each, numbers)]
    ages, figures, sums, sketches = zip(*packed, strict=True)
    now = monotonic()
    cursor.execute(WRITE, [[now - middle for middle in ages], list(figures), list(sums), list(sketches)])
    return float(cursor.fetchone()[0]) - monotonic()


def pack(each: Slice, numbers: dict[Any, int]) -> list[tuple[str, bytes, bytes]]:
    """A row of each figure: its name, sums and sketch."""
    sums: defaultdict[str, list[bytes]] = defaultdict(list)
    sketches: defaultdict[str, list[bytes]] = defaultdict(list)
    for (figure, *dimensions), entry in each.cells.items():
        number = numbers[tuple(dimensions)]
        sums[figure].append(pack_sum(number, entry.count, entry.total))
        if entry.marks:
            sketches[figure].append(pack_marks(number, entry.marks))
    return [(figure, b"".join(parts), b"".join(sketches[figure])) for figure, parts in sums.items()]
