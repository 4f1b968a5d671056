"""Emptying the database after a test that commits: only the tables that have rows, and no table anew.

Django's flush truncates every table and then makes all content types and permissions again: with some seventy tables
that took longer than most tests.
"""

from typing import Any

from django.db import connections
from django.test import TransactionTestCase

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def install() -> None:
    """Replace Django's flush for the run."""
    TransactionTestCase._fixture_teardown = _empty


def _empty(case: Any) -> None:
    for name in case._databases_names(include_mirrors=False):
        connection = connections[name]
        quoted = [connection.ops.quote_name(table) for table in sorted(_tables(connection))]
        with connection.cursor() as cursor:
            cursor.execute("SET parley.staff = 'on'")  # else row-level security shows nothing
            cursor.execute(
                " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in quoted)
            )
            filled = [row[0] for row in cursor.fetchall()]
            cursor.execute("RESET parley.staff")
            if filled:
                cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")


def _tables(connection: Any) -> set[str]:
    return set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
