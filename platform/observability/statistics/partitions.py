"""Partitions of the statistics: made ahead, and dropped whole when their time is over.

    keep_partitions()  # a chore of the leader, once an hour

The application's role owns no table, so functions of the owner's do it, within bounds of their own (the migration).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, LiteralString

from django.db import connection

from observability.statistics.steps import Grain

MAKE: LiteralString = "SELECT observability_make_partition(%s, at) FROM unnest(%s::timestamptz[]) AS wanted (at)"
# This one, the next one, and those of rows that came when there was none for them.
WANTED: dict[Grain, LiteralString] = {
    Grain.MINUTE: """
        SELECT now() UNION SELECT now() + interval '1 day'
        UNION SELECT date_trunc('day', at) FROM observability_minute_other
        WHERE at BETWEEN now() - interval '10 years' AND now() + interval '1 year'""",
    Grain.HOUR: """
        SELECT now() UNION SELECT now() + interval '1 month'
        UNION SELECT date_trunc('month', at) FROM observability_hour_other
        WHERE at BETWEEN now() - interval '10 years' AND now() + interval '1 year'""",
    Grain.DAY: """
        SELECT now() UNION SELECT now() + interval '1 year'
        UNION SELECT date_trunc('year', at) FROM observability_day_other
        WHERE at BETWEEN now() - interval '10 years' AND now() + interval '1 year'""",
}
# Nothing is dropped that the next grain is still to be summed from.
DROP: LiteralString = """
    SELECT observability_drop_partitions(
        %s, least(now() - %s, (SELECT min(at) FROM observability_due WHERE grain = %s)))
"""
NEXT = {Grain.MINUTE: "hour", Grain.HOUR: "day", Grain.DAY: ""}


def keep_partitions() -> None:
    """Make what is wanted, then drop what is over (PARLEY_STATISTICS_…_DAYS). Raises OperationalError."""
    for grain in Grain:
        with connection.cursor() as cursor:
            cursor.execute(WANTED[grain])
            wanted = [at for (at,) in cursor.fetchall()]
        make_partitions(grain, wanted)
        until: list[Any] = [_table(grain), grain.kept, NEXT[grain]]
        with connection.cursor() as cursor:
            cursor.execute(DROP, until)


def make_partitions(grain: Grain, times: Iterable[datetime]) -> None:
    """Those that these times belong to, where they are not there. Times are within eleven years back and one ahead."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [_table(grain), list(times)])


def _table(grain: Grain) -> str:
    return f"observability_{grain}"
