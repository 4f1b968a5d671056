"""Vectors of stored questions, by the local embedder."""

from routing.cached.changes import changed
from routing.cached.normalise import normalised
from routing.models import CachedQuestion
from routing.vectors import local_embedder

MOST_AT_ONCE = 256


def embed_questions(answer_id: int) -> int:
    """Compute what is missing for the questions of an answer: vector and normal form; how many. Blocking."""
    rows = list(CachedQuestion.objects.filter(answer_id=answer_id).exclude(embedder=local_embedder().name))
    return _embed(rows)


def embed_missing() -> int:
    """The same for every answer: after an import, or when the embedder was changed. Blocking."""
    done = 0
    while rows := list(CachedQuestion.objects.exclude(embedder=local_embedder().name)[:MOST_AT_ONCE]):
        done += _embed(rows)
    return done


def _embed(rows: list[CachedQuestion]) -> int:
    if not rows:
        return 0
    embedder = local_embedder()
    vectors = embedder.embed_all([row.text for row in rows])
    for row, vector in zip(rows, vectors, strict=True):
        row.vector, row.embedder = vector, embedder.name
        row.normalised = row.normalised or normalised(row.text)
    CachedQuestion.objects.bulk_update(rows, ["vector", "embedder", "normalised"])
    changed({row.answer_id for row in rows})
    return len(rows)
