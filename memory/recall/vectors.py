"""Vectors in the background: of what has none yet, and again of all after another embedder was chosen."""

import logging
import time
from collections.abc import Sequence
from itertools import chain, compress

from django.db import connection
from django.db.models import Q, QuerySet

from memory.embedding import EmbedderError, TextRefused, Vectors, embedder
from memory.models import RememberedMessage, UserMemory
from memory.scope import staff_scope
from memory.stores import store
from memory.stores.filling import keep_outside
from memory.stores.pgvector import literal

log = logging.getLogger(__name__)

Remembered = UserMemory | RememberedMessage
STORE = """
UPDATE {table} AS stored SET embedding = given.vector::halfvec, embedder = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (id, text, vector)
WHERE stored.id = given.id AND stored.text = given.text
"""
TOLD_EVERY = 60.0  # seconds
_told = [0.0]  # when the log last said how many are left; 0: none are
MOST_CHARACTERS = 4096  # of one text; no embedder looks at more


def embed_missing(limit: int | None = None) -> int:
    """Compute up to `limit` vectors (the embedder's `a_round`), those of memories first. Returns how many; fewer than
    `limit`: none are missing, or the embedder or the store is away, which is logged and tried again after a pause that
    grows.

    A chore: it blocks. Until a row is done it is found by its words, or in the space of the embedder before. Two at a
    time do the same work twice, no harm.
    """
    pauses = embedder().background
    if pauses.left:
        return 0
    limit = limit or embedder().a_round
    waiting = _waiting(limit)
    try:
        done = _computed(waiting)
    except EmbedderError as error:
        log.warning("%s rows wait for vectors; tried again in %.0f s: %s", len(waiting), pauses.failed(error), error)
        return 0
    pauses.went_well()
    done = _kept_outside(done)
    with staff_scope():
        for table in (UserMemory, RememberedMessage):
            _store([row for row in done if isinstance(row, table)])
    _tell(more=len(waiting) == limit or store().pauses.left > 0)
    return len(done)


def _tell(*, more: bool) -> None:
    """Once a minute how many are left, and the end."""
    if more and time.monotonic() - _told[0] >= TOLD_EVERY:
        _told[0] = time.monotonic()
        log.info("%s rows are still to be embedded by %s", f"{missing():,}", embedder().name)
    elif not more and _told[0]:
        _told[0] = 0.0
        log.info("Every row has a vector of %s", embedder().name)


def _kept_outside(rows: Sequence[Remembered]) -> list[Remembered]:
    """Without the memories that a store of its own did not take: they wait, and are not computed again."""
    refused = keep_outside([row for row in rows if isinstance(row, UserMemory) and row.embedding is not None])
    waits = [isinstance(row, UserMemory) and row.pk in refused for row in rows]
    embedder().remember({row.text[:MOST_CHARACTERS]: row.embedding for row in compress(rows, waits)})
    return [row for row, later in zip(rows, waits, strict=True) if not later]


def _computed(rows: Sequence[Remembered]) -> list[Remembered]:
    """The rows with their vectors. One whose text is refused has none, and is not tried again. Raises EmbedderError."""
    try:
        vectors = embedder().embed_all([row.text[:MOST_CHARACTERS] for row in rows])
    except TextRefused as error:
        middle = len(rows) // 2
        if middle:
            return _computed(rows[:middle]) + _computed(rows[middle:])
        log.warning("One text has no vector, and is found by its words: %s", error)
        return [_with(row, None) for row in rows]
    return [_with(row, vector) for row, vector in zip(rows, vectors, strict=True)]


def _with(row: Remembered, vector: Vectors | None) -> Remembered:
    row.embedding, row.embedder = vector, embedder().name
    return row


def missing() -> int:
    """How many texts have no vector of the embedder in use."""
    with staff_scope():
        return _strangers(UserMemory).filter(superseded_at=None).count() + _strangers(RememberedMessage).count()


def _waiting(limit: int) -> list[Remembered]:
    """Memories stand back while there is a store of its own for them that is away."""
    few = 0 if store().pauses.left else limit
    with staff_scope():
        memories = list(_strangers(UserMemory).filter(superseded_at=None).only("text", "contact_id")[:few])
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
    vectors = [None if row.embedding is None else literal(row.embedding) for row in rows]
    columns = [row.pk for row in rows], [row.text for row in rows], vectors
    with connection.cursor() as cursor:
        cursor.execute(STORE.format(table=table), [rows[0].embedder, *columns])
