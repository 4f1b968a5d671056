"""Taking away again what came from one source (demo traffic): its records leave every row that has any."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import numpy as np
from django.db import connection, transaction
from psycopg import Cursor

from observability.statistics import numbers
from observability.statistics.records import read_marks, read_sums
from observability.statistics.rolling import LOCK_KEY
from observability.statistics.steps import Grain

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOCK: LiteralString = "SELECT pg_advisory_xact_lock(%s)"  # rolling up waits meanwhile
NUMBERS: LiteralString = "SELECT id FROM observability_cell WHERE source = %s"
FORGET: LiteralString = "DELETE FROM observability_cell WHERE source = %s"
RANGES: dict[Grain, LiteralString] = {
    Grain.MINUTE: "SELECT min(at), max(at) FROM observability_minute",
    Grain.HOUR: "SELECT min(at), max(at) FROM observability_hour",
    Grain.DAY: "SELECT min(at), max(at) FROM observability_day",
}
TAKE: dict[Grain, LiteralString] = {
    Grain.MINUTE: "DELETE FROM observability_minute WHERE at >= %s AND at < %s RETURNING at, figure, sums, sketch",
    Grain.HOUR: "DELETE FROM observability_hour WHERE at >= %s AND at < %s RETURNING at, figure, sums, sketch",
    Grain.DAY: "DELETE FROM observability_day WHERE at >= %s AND at < %s RETURNING at, figure, sums, sketch",
}
COPY: dict[Grain, LiteralString] = {
    Grain.MINUTE: "COPY observability_minute (at, figure, sums, sketch) FROM STDIN (FORMAT BINARY)",
    Grain.HOUR: "COPY observability_hour (at, figure, sums, sketch) FROM STDIN (FORMAT BINARY)",
    Grain.DAY: "COPY observability_day (at, figure, sums, sketch) FROM STDIN (FORMAT BINARY)",
}
AT_ONCE = {Grain.MINUTE: timedelta(hours=6), Grain.HOUR: timedelta(days=7), Grain.DAY: timedelta(days=366)}


def remove_source(source: str) -> None:
    """Give every row without this source's cells back, in one transaction for each stretch of time."""
    assert source, "Without a source it is what was really counted."
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [source])
        gone = np.array([number for (number,) in cursor.fetchall()], dtype=np.uint32)
    for grain in Grain if len(gone) else ():
        _remove(grain, gone)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [source])
    numbers.forget()


def _remove(grain: Grain, gone: "NDArray[Any]") -> None:
    with connection.cursor() as cursor:
        cursor.execute(RANGES[grain])
        at, last = cursor.fetchone() or (None, None)
    while at and at <= last:
        following = at + AT_ONCE[grain]
        with transaction.atomic():
            _rewrite(grain, at.astimezone(UTC), following, gone)
        at = following


def _rewrite(grain: Grain, start: datetime, end: datetime, gone: "NDArray[Any]") -> None:
    with Cursor(connection.connection) as cursor:
        cursor.execute(LOCK, [LOCK_KEY])
        taken = cursor.execute(TAKE[grain], [start, end], binary=True).fetchall()
        with cursor.copy(COPY[grain]) as copy:
            copy.set_types(["timestamptz", "text", "bytea", "bytea"])
            for at, figure, sums, sketch in taken:
                if left := _without(read_sums(sums), gone):
                    copy.write_row((at, figure, left, _without(read_marks(sketch), gone)))


def _without(records: "NDArray[Any]", gone: "NDArray[Any]") -> bytes:
    kept: NDArray[Any] = records[~np.isin(records["cell"], gone)]
    return kept.tobytes()
