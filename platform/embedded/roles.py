"""The roles and the database of an embedded Postgres.

`parley_owner` owns the database and runs migrations. `parley` runs the application: it owns nothing and
cannot bypass row-level security; the owner's default privileges let it read and write what the owner makes.
"""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
from psycopg import sql

SUPERUSER, OWNER, APPLICATION = "postgres", "parley_owner", "parley"
DATABASE = "parley"

EXTENSION: LiteralString = "CREATE EXTENSION IF NOT EXISTS vector"
ROLE: LiteralString = "CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {rights} PASSWORD {password}"
TABLES: LiteralString = "SELECT, INSERT, UPDATE, DELETE{} ON TABLES"
DEFAULTS: LiteralString = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT {rights} TO {application}"


def make_roles(superuser_dsn: str, passwords: dict[str, str], *, tests: bool) -> None:
    """Make what is missing. With `tests`, the owner may make databases and the application may TRUNCATE.

    Extension and rights are put into template1, so that a database that the owner makes later has them too: a
    test run makes one, and may not add the extension, because pgvector is not a trusted one.
    """
    with psycopg.connect(superuser_dsn, dbname="template1") as connection:
        if not _has(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", OWNER):
            for statement in _statements(passwords, tests=tests):
                connection.execute(statement)  # one transaction: all of them or none
        missing = not _has(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE)
    if missing:
        with psycopg.connect(superuser_dsn, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template1")


def _has(connection: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _statements(passwords: dict[str, str], *, tests: bool) -> Iterator[sql.Composed]:
    for role in (OWNER, APPLICATION):
        yield sql.SQL(ROLE).format(
            name=sql.Identifier(role),
            rights=sql.SQL("CREATEDB" if tests and role == OWNER else "NOCREATEDB"),
            password=sql.Literal(passwords[role]),
        )
    yield sql.SQL(EXTENSION).format()
    truncate = sql.SQL(", TRUNCATE" if tests else "")
    for rights in (sql.SQL(TABLES).format(truncate), sql.SQL("USAGE ON SEQUENCES").format()):
        yield sql.SQL(DEFAULTS).format(
            owner=sql.Identifier(OWNER), rights=rights, application=sql.Identifier(APPLICATION)
        )
