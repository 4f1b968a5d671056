"""From the index to an answer or a refusal with its reason. Nothing here waits for anything."""

from dataclasses import dataclass

import numpy as np

from routing.cached.checks import refusal
from routing.cached.gate import Gate, Standing, standings
from routing.cached.index import Answer, Candidates, Floats, Index
from routing.cached.normalise import normalised
from routing.cached.reading import Policy
from routing.cached.standing_alone import is_personal, why_not
from routing.cached.types import Hit, Near
from routing.question import Question

COMPARED = 10  # stored questions of an answer that the checks look at
HOPELESS = 0.2
ONLY_BEST = "another answer is nearer"


@dataclass(frozen=True)
class Decision:
    """The nearest answers, best first, with the reason against each; the first has none when it is the answer."""

    hit: Hit | None
    near: tuple[Near, ...] = ()
    features: dict[str, float] | None = None
    refused: str = ""


def exact_hit(question: Question, index: Index, policy: Policy) -> Hit | None:
    """The answer whose question is this very one."""
    if not policy.enabled or not question.stands_alone:
        return None
    if not (plain := normalised(question.text)) or (found := index.exact(question, plain)) is None:
        return None
    answer, stored = found
    return Hit(answer.id, stored, answer.text, answer.sources, exact=True, confidence=1.0)


def decide(question: Question, index: Index, policy: Policy, gate: Gate) -> Decision:
    """The answer that means the same, or why there is none."""
    if hit := exact_hit(question, index, policy):
        return Decision(hit)
    if refused := _not_at_all(question, policy):
        return Decision(None, refused=refused)
    vector = np.asarray(question.vector, dtype=np.float32)
    if (found := index.nearest(question, vector)) is None:
        return Decision(None, refused="no answer is in scope")
    best = standings(found, gate.head)
    near = tuple(_judged(question, found, one, gate, policy, first=one is best[0]) for one in best)
    features = best[0].named() | {"log_odds": round(gate.log_odds(best[0].features), 4)}
    return Decision(_hit(found.answers[best[0].place], near[0]), near, features)


def _not_at_all(question: Question, policy: Policy) -> str:
    if not policy.enabled:
        return "cached answers are switched off"
    if reason := why_not(question):
        return reason
    if not policy.semantic:
        return "only the same words are answered"
    return "" if question.vector is not None else "the message has no vector"


def _judged(question: Question, found: Candidates, one: Standing, gate: Gate, policy: Policy, *, first: bool) -> Near:
    answer, stored = found.answers[one.place], found.questions[one.row]
    confidence, threshold = gate.confidence(one.features, answer.offset), gate.threshold(policy.error_bound)
    if not first:
        reason = ONLY_BEST
    elif confidence < HOPELESS:  # not worth the comparing of words
        reason = "not sure enough"
    elif reason := _other_words(question, found, one) or _personal(question, found, one):
        pass
    elif _was_wrong(answer, np.asarray(question.vector, dtype=np.float32), one.similarity):
        reason = "was wrong for a question like this"
    elif confidence < threshold:
        reason = "not sure enough"
    return Near(answer.id, stored.id, stored.text, one.similarity, confidence, threshold, reason)


def _hit(answer: Answer, near: Near) -> Hit | None:
    if near.refused_by:
        return None
    return Hit(answer.id, near.question_id, answer.text, answer.sources, exact=False, confidence=near.confidence)


def _stored(found: Candidates, place: int) -> list[str]:
    """The answer's questions that are nearest, nearest first."""
    first = int(found.starts[place])
    last = int(found.starts[place + 1]) if place + 1 < len(found.starts) else len(found.cosines)
    order = first + np.argsort(-found.cosines[first:last])[:COMPARED]
    return [found.questions[row].text for row in order]


def _other_words(question: Question, found: Candidates, one: Standing) -> str:
    every = [stored.text for stored in found.answers[one.place].questions]
    return refusal(question.text, _stored(found, one.place), every)


def _personal(question: Question, found: Candidates, one: Standing) -> str:
    """What depends on who asks is answered only where an administrator stored such a question."""
    if not is_personal(question.text) or any(map(is_personal, _stored(found, one.place))):
        return ""
    return "depends on who asks"


def _was_wrong(answer: Answer, vector: Floats, similarity: float) -> bool:
    """Whether the answer was refused for a question that is nearer than any it is meant for."""
    return bool(answer.wrong) and float(np.max(np.stack(answer.wrong).astype(np.float32) @ vector)) > similarity
