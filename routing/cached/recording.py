"""Writes what became of lookups, for the thresholds to learn from. A turn never waits for it.

Matches gather in each loop and are written together, in a database thread. While Postgres is away they wait; of more
than `MOST_WAITING` the oldest are let go.
"""

import asyncio
import logging
import random
import weakref
from collections import deque

from django.db import DatabaseError

from parley.background import spawn
from parley.threads import in_database_thread
from routing.cached.types import Lookup
from routing.models import CachedAnswer, CacheMatch
from routing.question import Question
from routing.vectors import local_embedder

log = logging.getLogger(__name__)
FLOOR = 0.5  # confidence: what is less near is no near miss…
FLOOR_SIMILARITY = 0.75  # …unless it looks so near
NEAR_SHARE = 0.25  # of the near misses
MOST_WAITING = 2000
GATHER_SECONDS = 0.2
AGAIN_SECONDS = 5.0

_waiting: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, deque[CacheMatch]] = weakref.WeakKeyDictionary()
_writing: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = weakref.WeakKeyDictionary()
_chance = random.Random()  # noqa: S311 - which near misses are kept is no secret


def record(found: Lookup, question: Question, turn_id: int | None, message_id: int | None) -> None:
    """Keep a hit, or a part of the near misses, as a CacheMatch. Returns at once; call it in a loop."""
    if (match := _match(found, question)) is None:
        return
    match.turn_id, match.message_id = turn_id, message_id
    loop = asyncio.get_running_loop()
    waiting = _waiting.setdefault(loop, deque(maxlen=MOST_WAITING))
    waiting.append(match)
    if (writing := _writing.get(loop)) is None or writing.done():
        _writing[loop] = spawn(_write(waiting))


def _match(found: Lookup, question: Question) -> CacheMatch | None:
    first = found.near[0] if found.near else None
    if not found.hit and (first is None or not _is_near(first.confidence, first.similarity)):
        return None
    answer, nearest = (found.hit or first).answer_id, (found.hit or first).question_id  # type: ignore[union-attr]
    confidence = found.hit.confidence if found.hit else first.confidence if first else 0.0
    return CacheMatch(
        answer_id=answer,
        nearest_id=nearest,
        site_id=question.site_id,
        question=question.text[:1000],
        vector=question.vector,
        embedder=local_embedder().name if question.vector is not None else "",
        exact=bool(found.hit and found.hit.exact),
        served=found.hit is not None,
        confidence=confidence,
        features=found.features,
        refused_by="" if found.hit or first is None else first.refused_by[:200],
    )


def _is_near(confidence: float, similarity: float) -> bool:
    return (confidence >= FLOOR or similarity >= FLOOR_SIMILARITY) and _chance.random() < NEAR_SHARE


async def _write(waiting: deque[CacheMatch]) -> None:
    await asyncio.sleep(GATHER_SECONDS)
    while waiting:
        batch = [waiting.popleft() for _ in range(min(len(waiting), 500))]
        try:
            await in_database_thread(_insert, batch)
        except (DatabaseError, OSError) as error:
            log.warning("Matches of cached answers wait for Postgres: %s", type(error).__name__)
            waiting.extendleft(reversed(batch))
            await asyncio.sleep(AGAIN_SECONDS)


def _insert(batch: list[CacheMatch]) -> None:
    """Matches of answers that were deleted meanwhile are left out; a turn has one match."""
    known = set(CachedAnswer.objects.filter(pk__in={match.answer_id for match in batch}).values_list("pk", flat=True))
    kept = [match for match in batch if match.answer_id in known]
    CacheMatch.objects.bulk_create(kept, ignore_conflicts=True)
