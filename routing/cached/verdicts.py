"""Who says whether a match was right: a person's word is kept over a visitor's, and a visitor's over a model's."""

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from observability.statistics import add
from routing.cached.changes import changed
from routing.cached.gate.logistic import offsets
from routing.cached.normalise import normalised
from routing.models import CachedAnswer, CachedQuestion, CacheMatch

RANK = {CacheMatch.Judge.MODEL: 0, CacheMatch.Judge.VISITOR: 1, CacheMatch.Judge.PERSON: 2}
NEWEST = 500


def judge_message(message_id: int, right: bool, judge: str = CacheMatch.Judge.VISITOR, reason: str = "") -> bool:
    """Keep what was said of the answer in this message, if it was a cached one; whether it counts. Blocking."""
    return _judge(CacheMatch.objects.filter(message_id=message_id, served=True), right, judge, reason) > 0


def judge_match(
    match_id: int,
    right: bool,
    judge: str = CacheMatch.Judge.PERSON,
    reason: str = "",
    *,
    add_example: bool = False,
) -> bool:
    """The same for a match, served or not. With `add_example` a right one's question becomes one of the answer's."""
    if not _judge(CacheMatch.objects.filter(pk=match_id), right, judge, reason):
        return False
    if add_example and right and judge == CacheMatch.Judge.PERSON:
        _add_example(CacheMatch.objects.get(pk=match_id))
    return True


def withdraw_verdict(message_id: int, judge: str = CacheMatch.Judge.VISITOR) -> bool:
    """A visitor took the rating back. Whether there was one of that judge."""
    matches = CacheMatch.objects.filter(message_id=message_id, judge=judge)
    answers = set(matches.values_list("answer_id", flat=True))
    count = matches.update(verdict="", judge="", reason="", judged_at=None)
    _learn(answers)
    return count > 0


def _judge(matches: QuerySet[CacheMatch], right: bool, judge: str, reason: str) -> int:
    over = [other for other, rank in RANK.items() if rank <= RANK[CacheMatch.Judge(judge)]]
    verdict = CacheMatch.Verdict.RIGHT if right else CacheMatch.Verdict.WRONG
    with transaction.atomic():
        open_to_it = matches.filter(Q(judge="") | Q(judge__in=over))
        answers = set(open_to_it.values_list("answer_id", flat=True))
        count = open_to_it.update(verdict=verdict, judge=judge, reason=reason, judged_at=Now())
        _learn(answers)
    if count:
        add("cache_verdicts", count, label="right" if right else "wrong")
    return count


def _learn(answer_ids: set[int]) -> None:
    for answer_id in answer_ids:
        learn_offset(answer_id)
    if answer_ids:
        changed(answer_ids)


def learn_offset(answer_id: int) -> float:
    """The answer's own correction of the gate's log-odds, from its newest verdicts on what was not exact."""
    judged = CacheMatch.objects.filter(answer_id=answer_id, exact=False, features__has_key="log_odds").exclude(
        verdict=""
    )
    rows = list(judged.order_by("-id").values_list("features__log_odds", "verdict")[:NEWEST])
    log_odds = np.array([float(value) for value, _ in rows])
    right = np.array([float(verdict == CacheMatch.Verdict.RIGHT) for _, verdict in rows])
    found = offsets(log_odds, right, np.full(len(rows), answer_id)).get(answer_id, 0.0) if rows else 0.0
    CachedAnswer.objects.filter(pk=answer_id).update(offset=found)
    return found


def _add_example(match: CacheMatch) -> None:
    CachedQuestion.objects.get_or_create(
        answer_id=match.answer_id,
        normalised=normalised(match.question),
        defaults={
            "text": match.question,
            "vector": match.vector,
            "embedder": match.embedder,
            "origin": CachedQuestion.Origin.CONFIRMED,
        },
    )
