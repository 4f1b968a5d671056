"""The rows of a figure: of the grain that is asked for, and finer ones where something was added since it was summed.

One statement, so one moment: whatever the leader moves meanwhile is seen before or after, never twice or not at all.
Minutes that go to an hour, and hours that go to a day, name it in `observability_due` in the same transaction.
"""

from pathlib import Path
from typing import Any, cast

from django.db import connection
from psycopg import Cursor

from observability.statistics.steps import Grain, Part

Row = tuple[float, bytes, bytes]  # seconds since 1970, sums, sketch
QUERIES: dict[Grain, Any] = {grain: (Path(__file__).parent / "sql" / f"{grain}.sql").read_text() for grain in Grain}


def rows(figure: str, part: Part) -> list[Row]:
    """All rows of a stretch, in no order; bytes come as they are, not as text of twice the length."""
    connection.ensure_connection()
    values = {"figure": figure, "start": part.start, "end": part.end}
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return cast("list[Row]", cursor.execute(QUERIES[part.grain], values, binary=True).fetchall())
