"""The default: vectors in the memories' rows, compared exactly, inside the contact's scope."""

from collections.abc import Collection, Sequence
from math import pi
from struct import pack
from uuid import UUID

import numpy as np
import psycopg
from django.core.checks import CheckMessage
from psycopg_pool import PoolClosed, PoolTimeout

from memory.embedding import Vectors
from memory.scope import scoped
from memory.stores.base import Entry, Store, StoreError
from parley.pools import postgres

SKETCH = 384  # bits, as migration 0009 has it
AWAY = (psycopg.Error, PoolTimeout, PoolClosed, OSError)
KEEP = """
UPDATE memory_usermemory AS memory SET embedding = given.vector::halfvec, embedder = given.embedder
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (id, vector, embedder)
WHERE memory.contact_id = %s AND memory.id = given.id
"""
NEAREST = """
SELECT id, 1 - (embedding <=> %s::halfvec) AS cosine FROM memory_usermemory
WHERE contact_id = %s AND embedder = %s AND superseded_at IS NULL
ORDER BY cosine DESC, id LIMIT %s
"""
FORGET = "UPDATE memory_usermemory SET embedding = NULL, embedder = '' WHERE contact_id = %s AND id = ANY(%s)"
FORGET_ALL = "UPDATE memory_usermemory SET embedding = NULL, embedder = '' WHERE contact_id = %s"


def literal(vector: Vectors) -> str:
    """As pgvector reads it, in as many digits as a half has. Number by number it would take twice as long."""
    return ("[" + ",".join(["%.5g"] * vector.size) + "]") % tuple(vector.ravel().tolist())


def binary(vector: Vectors) -> bytes:
    """A halfvec as pgvector sends and receives it: dimensions, two unused bytes, big-endian half floats."""
    numbers = vector.ravel()
    return pack(">hh", numbers.size, 0) + numbers.astype(">f2").tobytes()


def signs(vector: Vectors) -> bytes:
    """As Postgres receives a varbit: how many bits, and which of the first SKETCH numbers are above zero. Of a shorter
    vector the rest is 0, as in the column `sketch`.
    """
    bits = np.zeros(SKETCH, dtype=bool)
    first = vector.ravel()[:SKETCH]
    bits[: first.size] = first.astype(np.float16) > 0
    return pack(">i", SKETCH) + np.packbits(bits).tobytes()


def angle(vector: Vectors) -> float:
    """Between two vectors for each sign in which they differ, in radians: the share of random planes that lie between
    them is their angle's share of a half turn (Charikar, https://doi.org/10.1145/509907.509965).
    """
    return pi / min(vector.size, SKETCH)


class PgVectorStore(Store):
    """Nothing to configure. HNSW was measured and lost: under a filter by contact it is slower, and misses (FACTS)."""

    inside = True

    def check(self) -> list[CheckMessage]:
        """The database's own checks say what is wrong (parley.E006)."""
        return []

    async def keep(self, contact_id: UUID, entries: Sequence[Entry]) -> None:
        """Of memories that are there; others are passed over."""
        ids, embedders = [entry.id for entry in entries], [entry.embedder for entry in entries]
        vectors = [literal(entry.vector) for entry in entries]
        await _execute(contact_id, KEEP, [ids, vectors, embedders, contact_id])

    async def nearest(self, contact_id: UUID, vector: Vectors, embedder: str, limit: int) -> dict[int, float]:
        """Exact."""
        rows = await _execute(contact_id, NEAREST, [literal(vector), contact_id, embedder, limit])
        return dict(rows)

    async def forget(self, contact_id: UUID, ids: Collection[int]) -> None:
        """The vectors only; erasing a row takes its vector along."""
        await _execute(contact_id, FORGET, [contact_id, list(ids)])

    async def forget_all(self, contact_id: UUID) -> None:
        """All vectors of the contact."""
        await _execute(contact_id, FORGET_ALL, [contact_id])


async def _execute(contact_id: UUID, statement: str, parameters: Sequence[object]) -> list[tuple[int, float]]:
    try:
        async with (await postgres()).connection() as connection:
            async with scoped(connection, contact_id):
                cursor = await connection.execute(statement, parameters, prepare=True)
            return await cursor.fetchall() if cursor.description else []
    except AWAY as error:
        raise StoreError(f"Postgres cannot be asked ({type(error).__name__}).") from error
