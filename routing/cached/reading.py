"""Approved answers as Postgres holds them. Vectors come as the bytes of their halfvec: text would cost far more."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from routing.cached.gate import Gate
from routing.cached.index import Answer, Stored, seconds
from routing.models import CachedAnswer, CacheGate, CachePolicy

MOST_QUESTIONS = 200  # of one answer: the oldest, which people wrote, and those confirmed after them
MOST_WRONG = 30
HEADER = 4  # bytes of halfvec_send before the numbers: how many, and two unused
QUESTIONS = """
    SELECT answer_id, id, text, normalised, CASE WHEN embedder = %(embedder)s THEN halfvec_send(vector) END
    FROM (
        SELECT *, row_number() OVER (PARTITION BY answer_id ORDER BY id) AS number
        FROM routing_cachedquestion WHERE answer_id = ANY(%(answers)s)
    ) AS numbered
    WHERE number <= %(most)s ORDER BY answer_id, id
"""
WRONG = """
    SELECT answer_id, halfvec_send(vector)
    FROM (
        SELECT *, row_number() OVER (PARTITION BY answer_id ORDER BY id DESC) AS number
        FROM routing_cachematch
        WHERE verdict = 'wrong' AND embedder = %(embedder)s AND vector IS NOT NULL AND answer_id = ANY(%(answers)s)
    ) AS numbered
    WHERE number <= %(most)s
"""


@dataclass(frozen=True)
class Policy:
    """How answers are served, as CachePolicy has it."""

    enabled: bool = True
    semantic: bool = True
    error_bound: float = 0.02


@dataclass
class Read:
    """What was read: answers by id, with the time of their last change."""

    answers: dict[int, Answer] = field(default_factory=dict)
    changed: dict[int, datetime] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    gate: Gate = field(default_factory=Gate)


def read(embedder: str, dimensions: int, before: Read | None = None) -> Read:
    """Every approved answer, policy and gate; what did not change since `before` is taken from it. Blocking."""
    changed = dict(CachedAnswer.objects.filter(state=CachedAnswer.State.APPROVED).values_list("id", "updated_at"))
    kept = {pk: before.answers[pk] for pk, at in changed.items() if before.changed.get(pk) == at} if before else {}
    missing = [pk for pk in changed if pk not in kept]
    answers = kept | {answer.id: answer for answer in _answers(missing, embedder, dimensions)}
    return Read(answers, {pk: changed[pk] for pk in answers}, _policy(), _gate(embedder))


def newest_change() -> tuple[Any, ...]:
    """Differs after every change: for when Redis cannot tell. Blocking."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT (count(*), max(updated_at)) FROM routing_cachedanswer WHERE state = 'approved')::text,"
            " (SELECT max(id) FROM routing_cachegate WHERE live), (SELECT p::text FROM routing_cachepolicy AS p)"
        )
        return tuple(cursor.fetchone() or ())


def _answers(ids: Sequence[int], embedder: str, dimensions: int) -> Iterator[Answer]:
    questions = _questions(ids, embedder, dimensions)
    wrong = _wrong(ids, embedder, dimensions)
    audiences = defaultdict(set)
    through = CachedAnswer.audiences.through.objects.filter(cachedanswer_id__in=ids)
    for answer, audience in through.values_list("cachedanswer_id", "audiencetier_id"):
        audiences[answer].add(audience)
    for start in range(0, len(ids), 1000):
        for row in CachedAnswer.objects.filter(pk__in=ids[start : start + 1000], state=CachedAnswer.State.APPROVED):
            yield _answer(row, frozenset(audiences[row.pk]), questions, wrong)


def _answer(
    row: CachedAnswer,
    audiences: frozenset[int],
    questions: Mapping[int, list[Stored]],
    wrong: Mapping[int, list[NDArray[np.float16]]],
) -> Answer:
    until = seconds(row.valid_until, float("inf"))
    if row.lifetime_days and row.approved_at:
        until = min(until, seconds(row.approved_at + timedelta(days=row.lifetime_days), until))
    return Answer(
        id=row.pk,
        site_id=row.site_id,
        language=row.language.strip().lower(),
        audiences=audiences,
        text=row.text,
        sources=row.sources if isinstance(row.sources, list) else [],
        valid_from=seconds(row.valid_from, float("-inf")),
        valid_until=until,
        offset=row.offset,
        questions=tuple(questions.get(row.pk, ())),
        wrong=tuple(wrong.get(row.pk, ())),
    )


def _questions(ids: Sequence[int], embedder: str, dimensions: int) -> dict[int, list[Stored]]:
    found: dict[int, list[Stored]] = defaultdict(list)
    for answer, pk, text, normal, sent in _rows(QUESTIONS, ids, embedder, MOST_QUESTIONS):
        found[answer].append(Stored(pk, text, normal, _vector(sent, dimensions)))
    return found


def _wrong(ids: Sequence[int], embedder: str, dimensions: int) -> dict[int, list[NDArray[np.float16]]]:
    found: dict[int, list[NDArray[np.float16]]] = defaultdict(list)
    for answer, sent in _rows(WRONG, ids, embedder, MOST_WRONG):
        if (vector := _vector(sent, dimensions)) is not None:
            found[answer].append(vector)
    return found


def _rows(statement: str, ids: Sequence[int], embedder: str, most: int) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(ids), 500):
        with connection.cursor() as cursor:
            cursor.execute(statement, {"answers": list(ids[start : start + 500]), "embedder": embedder, "most": most})
            yield from cursor.fetchall()


def _vector(sent: Any, dimensions: int) -> NDArray[np.float16] | None:
    """The numbers of a sent halfvec; None when there is none, it has another length, or it is not a direction."""
    if sent is None or len(sent) != HEADER + 2 * dimensions:
        return None
    vector = np.frombuffer(bytes(sent), dtype=">f2", offset=HEADER).astype(np.float16)
    return vector if np.isfinite(vector).all() and 0.9 < np.linalg.norm(vector.astype(np.float32)) < 1.1 else None


def _policy() -> Policy:
    row = CachePolicy.objects.first()
    return Policy(row.enabled, row.semantic, row.error_bound) if row else Policy()


def _gate(embedder: str) -> Gate:
    row = CacheGate.objects.filter(live=True, embedder=embedder).first()
    return Gate.from_row(row.pk, row.weights) if row else Gate()
