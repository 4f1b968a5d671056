"""Vectors in the background: of what has none yet, and again of all after another embedder was chosen."""

from itertools import chain

from django.db.models import Q, QuerySet

from memory.embedding import embedder
from memory.models import RememberedMessage, UserMemory
from memory.scope import staff_scope

Remembered = UserMemory | RememberedMessage
MOST_CHARACTERS = 4096  # of one text; no embedder looks at more


def embed_missing(limit: int = 200) -> int:
    """Compute up to `limit` vectors, those of memories first. Returns how many; fewer than `limit`: none are missing.

    A chore: it blocks. Until a row is done it is found by its words. Two at a time do the same work twice, no harm.
    """
    waiting = _waiting(limit)
    vectors = embedder().embed_all([row.text[:MOST_CHARACTERS] for row in waiting])
    for row, vector in zip(waiting, vectors, strict=True):
        row.embedding, row.embedder = vector, embedder().name
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
        memories = list(_strangers(UserMemory).filter(superseded_at=None).only("text")[:limit])
        messages = list(_strangers(RememberedMessage).only("text")[: limit - len(memories)])
    return [*chain(memories, messages)]


def _strangers(table: type[Remembered]) -> "QuerySet[Remembered]":
    """Rows of no or another embedder; two ranges, because an index knows no "other than"."""
    name = embedder().name
    rows: QuerySet[Remembered] = table._default_manager.filter(Q(embedder__lt=name) | Q(embedder__gt=name))  # noqa: SLF001
    return rows.order_by("embedder", "id")


def _store(rows: list[Remembered]) -> None:
    """One statement for all; a text that was changed meanwhile keeps waiting."""
    if not rows:
        return
    table = type(rows[0])
    now = dict(table._default_manager.filter(pk__in=[row.pk for row in rows]).values_list("pk", "text"))  # noqa: SLF001
    unchanged = [row for row in rows if now.get(row.pk) == row.text]
    table._default_manager.bulk_update(unchanged, ["embedding", "embedder"], batch_size=100)  # noqa: SLF001
