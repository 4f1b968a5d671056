"""Vectors in the background: of what has none yet, and again of all after another embedder was chosen."""

from collections.abc import Sequence
from itertools import chain, groupby

import numpy as np
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import Q, QuerySet

from memory.embedding import embedder
from memory.models import RememberedMessage, UserMemory
from memory.scope import staff_scope
from memory.stores import Entry, store
from memory.stores.pgvector import literal

Remembered = UserMemory | RememberedMessage
STORE = """
UPDATE {table} AS stored SET embedding = given.vector::halfvec, embedder = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (id, text, vector)
WHERE stored.id = given.id AND stored.text = given.text
"""
MOST_CHARACTERS = 4096  # of one text; no embedder looks at more


def embed_missing(limit: int = 200) -> int:
    """Compute up to `limit` vectors, those of memories first. Returns how many; fewer than `limit`: none are missing.

    A chore: it blocks. Until a row is done it is found by its words. Two at a time do the same work twice, no harm.
    """
    waiting = _waiting(limit)
    vectors = embedder().embed_all([row.text[:MOST_CHARACTERS] for row in waiting])
    for row, vector in zip(waiting, vectors, strict=True):
        row.embedding, row.embedder = vector, embedder().name
    _keep_outside([row for row in waiting if isinstance(row, UserMemory)])
    with staff_scope():
        for table in (UserMemory, RememberedMessage):
            _store([row for row in waiting if isinstance(row, table)])
    return len(waiting)


def missing() -> int:
    """How many texts have no vector of the embedder in use."""
    with staff_scope():
        return _strangers(UserMemory).filter(superseded_at=None).count() + _strangers(RememberedMessage).count()


def _waiting(limit: int) -> list[Remembered]:
    with staff_scope():
        memories = list(_strangers(UserMemory).filter(superseded_at=None).only("text", "contact_id")[:limit])
        messages = list(_strangers(RememberedMessage).only("text")[: limit - len(memories)])
    return [*chain(memories, messages)]


def _strangers(table: type[Remembered]) -> "QuerySet[Remembered]":
    """Rows of no or another embedder; two ranges, because an index knows no "other than"."""
    name = embedder().name
    rows: QuerySet[Remembered] = table._default_manager.filter(Q(embedder__lt=name) | Q(embedder__gt=name))  # noqa: SLF001
    return rows.order_by("embedder", "id")


def _store(rows: Sequence[Remembered]) -> None:
    """One statement for all; a text that was changed meanwhile keeps waiting."""
    if not rows:
        return
    table = rows[0]._meta.db_table  # noqa: SLF001
    columns = [row.pk for row in rows], [row.text for row in rows], [literal(row.embedding) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(STORE.format(table=table), [rows[0].embedder, *columns])


def _keep_outside(rows: Sequence[UserMemory]) -> None:
    """Memories' vectors into a store of their own, where settings name one."""
    if store().inside:
        return
    for contact, own in groupby(sorted(rows, key=lambda row: str(row.contact_id)), key=lambda row: row.contact_id):
        entries = [Entry(row.pk, np.asarray(row.embedding), row.embedder) for row in own]
        async_to_sync(store().keep)(contact, entries)
