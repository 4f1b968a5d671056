"""Whose memories a statement may see. Without a scope there are none: row-level security hides every row.

    with contact_scope(contact_id):        # ORM code: this contact's rows
    with staff_scope():                    # the admin, chores: everybody's
    async with scoped(connection, contact_id):
        cursor = await connection.execute(…)   # raw, in one round trip
    rows = await cursor.fetchall()             # after the block

The settings end with their transaction, so that a pooled connection never hands them on. Each query names its contact
as well: the policies are the second lock (migration 0003), not the first.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

from django.db import connection as django_connection
from django.db import transaction
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

CONTACT, STAFF = "parley.contact", "parley.staff"
SET = (
    f"SELECT set_config('{CONTACT}', %s, true), set_config('{STAFF}', %s, true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true)"
)
SET_NUMBERED = SET.replace("%s", "$1", 1).replace("%s", "$2", 1)
NOBODY = ("", "")
EVERYBODY = ("", "on")

Scope = tuple[str, str]


@contextmanager
def contact_scope(contact_id: UUID | str) -> Iterator[None]:
    """A transaction that sees and writes the rows of this contact only, also inside `staff_scope`.

    Raises ValueError for what is no UUID. Writing another contact's row is a ProgrammingError.
    """
    with _scope((str(UUID(str(contact_id))), "")):
        yield


@contextmanager
def staff_scope() -> Iterator[None]:
    """A transaction that sees every contact's rows: for the admin, whose permissions decide, and for chores."""
    with _scope(EVERYBODY):
        yield


@asynccontextmanager
async def scoped(connection: AsyncConnection[Any], contact_id: UUID | str) -> AsyncIterator[None]:
    """The same for statements on an asynchronous connection that is in no transaction: all that the block executes
    goes to the server together with the scope, in one transaction. Fetch after the block: fetching inside is right,
    too, and costs a round trip more.
    """
    contact = str(UUID(str(contact_id)))
    try:
        async with connection.pipeline():
            await connection.execute("BEGIN")
            await connection.execute(SET, [contact, ""], prepare=True)
            yield
            await connection.execute("COMMIT")
    finally:
        if connection.info.transaction_status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}:
            await connection.rollback()


def scope_of(contact_id: UUID | str) -> tuple[str, list[str]]:
    """The same as a statement with its parameters, for whoever sends several together (memory.recall.trip)."""
    return SET_NUMBERED, [str(UUID(str(contact_id))), ""]


@contextmanager
def _scope(scope: Scope) -> Iterator[None]:
    """Set it, and set what was before when the block ends well: a failed one is rolled back, and with an outermost one
    its transaction ends. Inside the same scope there is nothing to set.
    """
    before: Scope = getattr(django_connection, "memory_scope", NOBODY)
    outermost = not django_connection.in_atomic_block
    if scope == before and not outermost:
        with transaction.atomic():
            yield
        return
    try:
        with transaction.atomic():
            _set(scope)
            yield
            if not outermost:
                _set(before)
    finally:
        django_connection.memory_scope = before  # type: ignore[attr-defined]


def _set(scope: Scope) -> None:
    with django_connection.cursor() as cursor:
        cursor.execute(SET, scope)
    django_connection.memory_scope = scope  # type: ignore[attr-defined]
