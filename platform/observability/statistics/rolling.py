"""Rolling up: what was added goes to its minute, finished minutes to their hour, finished hours to their day.

    roll_up()  # a chore of the leader; it does no harm when two do it at once, or when it is done again

Every step is one transaction that reads the finer rows and replaces the coarser ones, so it may be repeated at any
time. Whatever reaches a minute names its hour in `observability_due`; that is summed again, however late it came, and
its day after it. Readers take the finer rows of what is due.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from django.db import connection, transaction
from psycopg import Cursor

from observability.statistics.records import compact_marks, compact_sums

LOCK_KEY = 0x7061726C6E74  # any number that nobody else uses
AT_ONCE = 20_000  # rows of one transaction: some 10 MB
ALONE: LiteralString = "SELECT pg_try_advisory_xact_lock(%s)"
# A minute that ended 10 seconds ago is finished: most of it is written by then, and what comes later comes later.
TAKE: LiteralString = """
    DELETE FROM observability_fresh WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM observability_fresh WHERE at < date_trunc('minute', now() - interval '10 seconds')
        ORDER BY at LIMIT %s))
    RETURNING at, figure, sums, sketch
"""
DUE: LiteralString = "INSERT INTO observability_due SELECT %s, unnest(%s::timestamptz[]) ON CONFLICT DO NOTHING"
SETTLED: LiteralString = "DELETE FROM observability_due WHERE grain = %s AND at = %s"


@dataclass(frozen=True)
class Step:
    """From one grain's rows to the next one's."""

    grain: str
    finished: LiteralString  # what is due and over, oldest first
    read: LiteralString
    replace: LiteralString
    write: LiteralString


HOURS = Step(
    "hour",
    """SELECT at FROM observability_due WHERE grain = 'hour' AND at <= now() - interval '62 minutes' ORDER BY at""",
    """
    SELECT figure, string_agg(sums, ''), string_agg(sketch, '') FROM observability_minute
    WHERE at >= %(at)s AND at < %(at)s + interval '1 hour' GROUP BY figure
    """,
    "DELETE FROM observability_hour WHERE at = %(at)s",
    "INSERT INTO observability_hour SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::bytea[], %s::bytea[])",
)
DAYS = Step(
    "day",
    """
    SELECT at FROM observability_due day WHERE grain = 'day' AND at <= now() - interval '25 hours' AND NOT EXISTS (
        SELECT FROM observability_due hour
        WHERE grain = 'hour' AND hour.at >= day.at AND hour.at < day.at + interval '1 day')
    ORDER BY at
    """,
    """
    SELECT figure, string_agg(sums, ''), string_agg(sketch, '') FROM observability_hour
    WHERE at >= %(at)s AND at < %(at)s + interval '1 day' GROUP BY figure
    """,
    "DELETE FROM observability_day WHERE at = %(at)s",
    "INSERT INTO observability_day SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::bytea[], %s::bytea[])",
)
MINUTES: LiteralString = (
    "INSERT INTO observability_minute SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::bytea[], %s::bytea[])"
)


def roll_up() -> None:
    """Everything that is finished. Another process that does the same is left to it. Raises OperationalError."""
    while _gather() == AT_ONCE:
        pass
    for step in (HOURS, DAYS):
        for at in _finished(step):
            _sum(step, at)


def mark_due(grain: str, times: Iterable[datetime]) -> None:
    """Name hours or days whose finer rows were written by another way. Inside the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [grain, sorted(set(times))])


def _gather() -> int:
    """Move finished minutes. Returns how many rows there were."""
    with transaction.atomic(), _cursor() as cursor:
        if not _alone(cursor):
            return 0
        taken = cursor.execute(TAKE, [AT_ONCE], binary=True).fetchall()
        if taken:
            _insert(cursor, MINUTES, _merged(taken))
            mark_due("hour", {_hour(at) for at, *_ in taken})
    return len(taken)


def _sum(step: Step, at: datetime) -> None:
    with transaction.atomic(), _cursor() as cursor:
        if not _alone(cursor):
            return
        finer = cursor.execute(step.read, {"at": at}, binary=True).fetchall()
        cursor.execute(step.replace, {"at": at})
        _insert(cursor, step.write, [(at, figure, *_compact(sums, sketch)) for figure, sums, sketch in finer])
        cursor.execute(SETTLED, [step.grain, at])
        if step is HOURS:
            mark_due("day", [at.replace(hour=0)])


def _finished(step: Step) -> list[datetime]:
    with connection.cursor() as cursor:
        cursor.execute(step.finished)
        return [at for (at,) in cursor.fetchall()]


def _merged(rows: Iterable[tuple[datetime, str, bytes, bytes]]) -> list[tuple[datetime, str, bytes, bytes]]:
    """One row for each figure and minute."""
    sums: defaultdict[tuple[datetime, str], list[bytes]] = defaultdict(list)
    sketches: defaultdict[tuple[datetime, str], list[bytes]] = defaultdict(list)
    for at, figure, sum_, sketch in rows:
        sums[at, figure].append(sum_)
        sketches[at, figure].append(sketch)
    return [(*key, *_compact(b"".join(parts), b"".join(sketches[key]))) for key, parts in sums.items()]


def _compact(sums: bytes, sketch: bytes) -> tuple[bytes, bytes]:
    return compact_sums(sums), compact_marks(sketch)


def _insert(cursor: Any, statement: LiteralString, rows: list[tuple[datetime, str, bytes, bytes]]) -> None:
    if rows:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _alone(cursor: Any) -> bool:
    """Whether no other process rolls up; for as long as the transaction lasts, none does."""
    return bool(cursor.execute(ALONE, [LOCK_KEY]).fetchone()[0])


def _cursor() -> Any:
    """With values bound by the server: bytes neither come nor go as text."""
    return Cursor(connection.connection)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
