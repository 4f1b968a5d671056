"""Which memories were recalled and which helped, counted without anybody waiting for it."""

from collections.abc import Collection
from uuid import UUID

from memory.scope import scoped
from parley.pools import postgres

RECALLED = """
UPDATE memory_usermemory SET recalled = recalled + 1, recalled_at = now()
WHERE contact_id = %s AND id = ANY(%s)
"""
USEFUL = "UPDATE memory_usermemory SET useful = useful + 1 WHERE contact_id = %s AND id = ANY(%s)"


async def mark_recalled(contact_id: UUID | str, ids: Collection[int]) -> None:
    """Count that these memories were put into a prompt. Call it after the answer: it waits for Postgres."""
    await _count(RECALLED, contact_id, ids)


async def mark_useful(contact_id: UUID | str, ids: Collection[int]) -> None:
    """Count that these memories were of use in an answer."""
    await _count(USEFUL, contact_id, ids)


async def _count(statement: str, contact_id: UUID | str, ids: Collection[int]) -> None:
    if not ids:
        return
    async with (await postgres()).connection() as connection, scoped(connection, contact_id):
        await connection.execute(statement, [contact_id, sorted(ids)])
