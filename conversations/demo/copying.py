"""Rows in bulk: COPY into the tables of the product, with numbers taken from their sequences."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import Cursor, sql


def numbers(model: type[Model], count: int) -> list[int]:
    """So many new primary keys of a table, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],  # noqa: SLF001 - its documented interface
        )
        return sorted(number for (number,) in cursor.fetchall())


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows; columns that are not named have their defaults. Inside the caller's transaction."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor, cursor.copy(statement) as writing:
        for row in rows:
            writing.write_row(row)


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The same for tables with row-level security, which COPY does not go into."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.executemany(statement, rows)
