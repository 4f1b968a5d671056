"""Learning the gate from an installation's own verdicts, and whether it may go live. Blocking: call it in a job."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from routing.cached.changes import changed
from routing.cached.gate import FEATURES, Gate, standings
from routing.cached.gate.head import Head, learn_head
from routing.cached.gate.logistic import Numbers, fewest_without_error, fit, offsets, probability, threshold_for
from routing.cached.gate.wording import seen
from routing.cached.index import Floats, Index, build
from routing.cached.normalise import normalised
from routing.cached.reading import Read, read
from routing.models import CachedAnswer, CacheGate, CacheMatch
from routing.question import Question
from routing.vectors import local_embedder

log = logging.getLogger(__name__)
FOLDS = 5
FEWEST_RIGHT, FEWEST_WRONG = 50, 5
MOST = 20_000  # newest verdicts
MOST_ROWS = 1500  # answers that a head has rows for
BOUNDS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2)


class TooFewVerdicts(ValueError):
    """There is not enough to learn from; the message says what is missing."""


@dataclass(frozen=True)
class Judged:
    """One match with its verdict."""

    id: int
    question: Question
    vector: Floats
    answer_id: int
    right: bool


@dataclass(frozen=True)
class Learned:
    """What `learn_gate` made. `why` says in a sentence why it is live or not."""

    gate_id: int
    live: bool
    why: str
    report: dict[str, Any]


@dataclass
class Measured:
    """Judged questions as a head saw them that did not learn from them: the answer picked, and whether it was right."""

    ids: NDArray[np.int64]
    features: Numbers
    answers: NDArray[np.int64]
    right: Numbers
    folds: NDArray[np.int64]


def learn_gate() -> Learned:
    """Learn, report, and go live when it answers more than the running gate within the policy's error bound.

    Raises TooFewVerdicts.
    """
    embedder = local_embedder()
    now = read(embedder.name, embedder.dimensions)
    index = build(now.answers.values(), embedder.name, embedder.dimensions)
    judged = _judged(index, embedder.name)
    _require_enough(judged, now.policy.error_bound)
    gate, found, log_odds = learn(index, judged)
    report = compare(index, judged, found, log_odds, now.gate, now.policy.error_bound)
    return _stored(gate, report, found, log_odds, now, embedder.name)


def learn(index: Index, judged: Sequence[Judged]) -> tuple[Gate, Measured, Numbers]:
    """The gate, what it was learned from, and each one's log-odds by a gate that had not seen it."""
    found = _measure(index, judged)
    log_odds = _out_of_fold(found)
    shifted = log_odds + _out_of_fold_offsets(found, log_odds)
    weights, bias = fit(found.features, found.right)
    confidence = probability(shifted)
    thresholds = tuple((bound, threshold_for(confidence, found.right, bound)) for bound in BOUNDS)
    gate = Gate(None, tuple(map(float, weights)), bias, thresholds, _head(index, judged))
    return gate, found, log_odds


def compare(
    index: Index, judged: Sequence[Judged], found: Measured, log_odds: Numbers, running: Gate, bound: float
) -> dict[str, Any]:
    """Shares answered and wrong at the bound, thresholds from four parts, measured on the fifth; the running gate's."""
    confidence = probability(log_odds + _out_of_fold_offsets(found, log_odds))
    given = np.zeros(len(confidence), dtype=bool)
    for fold in range(FOLDS):
        rest = found.folds != fold
        given |= ~rest & (confidence >= threshold_for(confidence[rest], found.right[rest], bound))
    old = [_by_running(index, one, running, bound) for one in judged]
    answered = [right for right in old if right is not None]
    return {
        "verdicts": len(judged),
        "right": sum(one.right for one in judged),
        "wrong": sum(not one.right for one in judged),
        "error_bound": bound,
        "answered_share": round(float(given.sum()) / len(judged), 4),
        "false_share": round(float((given & (found.right < 1)).sum() / max(1, given.sum())), 4),
        "running_answered_share": round(len(answered) / len(judged), 4),
        "running_false_share": round(sum(not right for right in answered) / max(1, len(answered)), 4),
        "running": running.id,
    }


def _judged(index: Index, embedder: str) -> list[Judged]:
    known = {answer.id for part in index.parts.values() for answer in part.answers}
    rows = CacheMatch.objects.filter(embedder=embedder, vector__isnull=False, exact=False, answer_id__in=known)
    rows = rows.exclude(verdict="").order_by("-id")[:MOST]
    return [
        Judged(
            row.pk,
            Question(text=row.question, site_id=row.site_id or 0, audience_key=""),
            np.array(row.vector.to_list() if hasattr(row.vector, "to_list") else row.vector, dtype=np.float32),
            row.answer_id,
            row.verdict == CacheMatch.Verdict.RIGHT,
        )
        for row in rows
    ]


def _require_enough(judged: Sequence[Judged], bound: float) -> None:
    right = sum(one.right for one in judged)
    wrong = len(judged) - right
    needed = max(FEWEST_RIGHT, fewest_without_error(bound))
    if right < needed or wrong < FEWEST_WRONG:
        raise TooFewVerdicts(
            f"There are {right} matches judged right and {wrong} judged wrong; learning for an error bound of "
            f"{bound:.1%} needs at least {needed} and {FEWEST_WRONG}. Judge more matches, near misses among them."
        )


def _measure(index: Index, judged: Sequence[Judged]) -> Measured:
    """Each judged question with a head that learned from the other parts."""
    folds = np.random.default_rng(1).integers(0, FOLDS, len(judged))
    rows: list[tuple[int, Floats, int, bool, int]] = []
    for fold in range(FOLDS):
        known = [one for one, part in zip(judged, folds, strict=True) if part != fold]
        held = [one for one, part in zip(judged, folds, strict=True) if part == fold]
        head = _head(index, known, held)
        rows.extend((one.id, *seen, fold) for one in held if (seen := _seen(index, one, head)))
    ids, features, answers, right, parts = zip(*rows, strict=True) if rows else ((),) * 5
    return Measured(
        np.array(ids, dtype=np.int64),
        np.array(features, dtype=np.float64).reshape(-1, len(FEATURES)),
        np.array(answers, dtype=np.int64),
        np.array(right, dtype=np.float64),
        np.array(parts, dtype=np.int64),
    )


def _seen(index: Index, one: Judged, head: Head | None) -> tuple[Floats, int, bool] | None:
    """(features, answer picked, whether it is right); None where the verdict does not say."""
    found = index.nearest(one.question, one.vector)
    if found is None or (found := found.without(normalised(one.question.text))) is None:
        return None
    best = standings(found, head, most=1)[0]
    answer = found.answers[best.place].id
    if answer != one.answer_id and not one.right:
        return None
    return best.features, answer, answer == one.answer_id and one.right


def _head(index: Index, judged: Sequence[Judged], held: Sequence[Judged] = ()) -> Head | None:
    """Learned from the stored questions and the confirmed ones, not from what is `held`, be it stored meanwhile.

    None for fewer than two answers, or too many.
    """
    unseen = {normalised(one.question.text) for one in held}
    known: list[tuple[int, NDArray[Any], str]] = [
        (answer.id, stored.vector, stored.text)
        for part in index.parts.values()
        for answer in part.answers
        for stored in answer.questions
        if stored.vector is not None and stored.normalised not in unseen
    ]
    known += [(one.answer_id, one.vector, one.question.text) for one in judged if one.right]
    if not 2 <= len({answer for answer, _, _ in known}) <= MOST_ROWS:
        return None
    questions = np.stack([seen(vector.astype(np.float32), text) for _, vector, text in known])
    return learn_head(questions, np.array([answer for answer, _, _ in known], dtype=np.int64))


def _out_of_fold(found: Measured) -> Numbers:
    log_odds = np.zeros(len(found.right))
    for fold in range(FOLDS):
        held = found.folds == fold
        if held.any():
            weights, bias = fit(found.features[~held], found.right[~held])
            log_odds[held] = found.features[held] @ weights + bias
    return log_odds


def _out_of_fold_offsets(found: Measured, log_odds: Numbers) -> Numbers:
    shifts = np.zeros(len(log_odds))
    for fold in range(FOLDS):
        held = found.folds == fold
        known = offsets(log_odds[~held], found.right[~held], found.answers[~held])
        shifts[held] = [known.get(int(answer), 0.0) for answer in found.answers[held]]
    return shifts


def _by_running(index: Index, one: Judged, gate: Gate, bound: float) -> bool | None:
    """Whether the running gate's answer is right; None where it gives none, or the verdict does not say."""
    found = index.nearest(one.question, one.vector)
    if found is None or (found := found.without(normalised(one.question.text))) is None:
        return None
    best = standings(found, gate.head, most=1)[0]
    answer = found.answers[best.place]
    if gate.confidence(best.features, answer.offset) < gate.threshold(bound):
        return None
    return None if answer.id != one.answer_id and not one.right else answer.id == one.answer_id and one.right


def _stored(
    gate: Gate, report: dict[str, Any], found: Measured, log_odds: Numbers, now: Read, embedder: str
) -> Learned:
    live, why = _may_go_live(report)
    report = report | {"live": live, "why": why}
    with transaction.atomic():
        if live:
            CacheGate.objects.filter(live=True).update(live=False)
            _keep_offsets(found, log_odds)
        row = CacheGate.objects.create(embedder=embedder, weights=gate.stored(), report=report, live=live)
    log.info("Gate %s was learned from %s verdicts: %s", row.pk, report["verdicts"], why)
    changed(now.answers if live else ())
    return Learned(row.pk, live, why, report)


def _may_go_live(report: dict[str, Any]) -> tuple[bool, str]:
    bound = report["error_bound"]
    if report["false_share"] > bound:
        return False, f"It was wrong in {report['false_share']:.1%}, more than the {bound:.1%} allowed."
    if not report["answered_share"]:
        return False, "It is never sure enough for the error bound: more verdicts are needed."
    if report["running_false_share"] > bound:
        return True, "The running gate is wrong too often."
    if report["answered_share"] <= report["running_answered_share"]:
        return False, "The running gate answers as many within the bound."
    more = report["answered_share"] - report["running_answered_share"]
    return True, f"It answers {more:.1%} more of the judged questions within the bound."


def _keep_offsets(found: Measured, log_odds: Numbers) -> None:
    """Answers and matches get what the new gate says of them."""
    known = offsets(log_odds, found.right, found.answers)
    rows = [CachedAnswer(pk=answer, offset=offset) for answer, offset in known.items()]
    CachedAnswer.objects.bulk_update(rows, ["offset"], batch_size=500)
    said = dict(zip(found.ids.tolist(), log_odds.tolist(), strict=True))
    for start in range(0, len(found.ids), 500):
        matches = list(CacheMatch.objects.filter(pk__in=found.ids[start : start + 500].tolist()).only("features"))
        for match in matches:
            match.features = match.features | {"log_odds": round(said[match.pk], 4)}
        CacheMatch.objects.bulk_update(matches, ["features"])


__all__ = ["Learned", "TooFewVerdicts", "learn_gate"]
