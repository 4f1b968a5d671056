"""CLINC150 as an installation's cached answers: halves, verdicts, and the shares answered on the half nobody saw."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.report import Figures
from bench.vectors import embedded
from routing.cached.checks import refusal
from routing.cached.deciding import COMPARED
from routing.cached.gate import Gate, standings
from routing.cached.gate.learning import Judged, Measured, learn
from routing.cached.gate.logistic import Numbers, offsets
from routing.cached.index import Answer, Index, Stored, build
from routing.cached.normalise import normalised
from routing.question import Question

EXAMPLES = 5
OUT = -1


@dataclasses.dataclass(frozen=True)
class Questions:
    """Texts, vectors and the number of the intent (−1: out of scope), with the rows of each part."""

    texts: list[str]
    vectors: NDArray[np.float32]
    intents: NDArray[np.int64]
    examples: NDArray[np.int64]
    judged: NDArray[np.int64]
    reported: NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Of each reported question: the score of the answer picked, and whether it is right."""

    scores: Numbers
    right: NDArray[np.bool_]
    refused: NDArray[np.bool_]


def load(file: Path, seed: int) -> Questions:
    """The data set, halved at random."""
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    split, texts = np.array([row["split"] for row in rows]), [row["text"] for row in rows]
    numbers = {name: number for number, name in enumerate(sorted({r["intent"] for r in rows if r["split"] == "train"}))}
    intents = np.array([numbers.get(row["intent"], OUT) for row in rows])
    chance = np.random.default_rng(seed)
    test = [chance.permutation(np.flatnonzero(split == name)) for name in ("test", "oos_test")]
    halves = [
        np.concatenate([part[: len(part) // 2] for part in test]),
        np.concatenate([p[len(p) // 2 :] for p in test]),
    ]
    train = [
        chance.permutation(np.flatnonzero((split == "train") & (intents == n)))[:EXAMPLES] for n in numbers.values()
    ]
    return Questions(texts, embedded(texts), intents, np.concatenate(train), *halves)


def measure(all_of: Questions, bound: float) -> Figures:
    """Shares of the reported in-scope questions that were answered rightly or wrongly, and of answers wrong."""
    index = index_of(all_of, all_of.examples)
    verdicts = _verdicts(all_of, index)
    figures = _baselines(all_of, index, bound)
    figures |= _learned(all_of, index, verdicts, bound, "at_2pct")
    named = [
        dataclasses.replace(one, right=True, answer_id=int(all_of.intents[one.id]))
        for one in verdicts
        if all_of.intents[one.id] != OUT
    ]
    out = [one for one in verdicts if all_of.intents[one.id] == OUT]
    confirmed = np.concatenate([all_of.examples, all_of.judged[all_of.intents[all_of.judged] != OUT]])
    return figures | _learned(all_of, index_of(all_of, confirmed), named + out, bound, "confirmed")


def index_of(all_of: Questions, rows: NDArray[np.int64], shifts: dict[int, float] | None = None) -> Index:
    """An index with an answer for each intent and these rows as its questions."""
    answers = [
        Answer(
            id=int(intent),
            text=str(intent),
            offset=(shifts or {}).get(int(intent), 0.0),
            questions=tuple(_stored(all_of, int(row)) for row in rows[all_of.intents[rows] == intent]),
        )
        for intent in np.unique(all_of.intents[rows])
    ]
    return build(answers, "bench", all_of.vectors.shape[1])


def _stored(all_of: Questions, row: int) -> Stored:
    text = all_of.texts[row]
    return Stored(row, text, normalised(text), all_of.vectors[row].astype(np.float16))


def _question(all_of: Questions, row: int) -> Question:
    return Question(text=all_of.texts[row], site_id=0, audience_key="", vector=all_of.vectors[row])


def _verdicts(all_of: Questions, index: Index) -> list[Judged]:
    """What a person would say of the answer that the safe default picks for each question of the first half."""
    found = []
    for row in all_of.judged:
        answer = _pick(all_of, index, int(row), Gate())[0]
        right = answer == all_of.intents[row]
        found.append(Judged(int(row), _question(all_of, row), all_of.vectors[row], answer, bool(right)))
    return found


def _pick(all_of: Questions, index: Index, row: int, gate: Gate) -> tuple[int, NDArray[np.float32], float, str]:
    """(answer, features, its offset, what the checks say)."""
    near = index.nearest(_question(all_of, row), all_of.vectors[row])
    assert near is not None
    best = standings(near, gate.head, most=1)[0]
    first = int(near.starts[best.place])
    last = int(near.starts[best.place + 1]) if best.place + 1 < len(near.starts) else len(near.cosines)
    order = first + np.argsort(-near.cosines[first:last])[:COMPARED]
    every = [stored.text for stored in near.answers[best.place].questions]
    said = refusal(all_of.texts[row], [near.questions[place].text for place in order], every)
    return near.answers[best.place].id, best.features, near.answers[best.place].offset, said


def _outcome(
    all_of: Questions, index: Index, gate: Gate, rows: NDArray[np.int64], score: Callable[..., float]
) -> Outcome:
    picks = [_pick(all_of, index, int(row), gate) for row in rows]
    right = np.array([pick[0] for pick in picks]) == all_of.intents[rows]
    return Outcome(np.array([score(*pick[1:3]) for pick in picks]), right, np.array([bool(pick[3]) for pick in picks]))


def _baselines(all_of: Questions, index: Index, bound: float) -> Figures:
    """One threshold on the highest cosine, and on it and its margin: from the judged half, measured on the other."""
    scores: dict[str, Callable[..., float]] = {
        "baseline_share_at_2pct": lambda features, _: float(features[0]),
        "margin_share_at_2pct": lambda features, _: float(features[0] + features[1]),
    }
    figures = {}
    for name, score in scores.items():
        judged = _outcome(all_of, index, Gate(), all_of.judged, score)
        reported = _outcome(all_of, index, Gate(), all_of.reported, score)
        figures[name] = _shares(all_of, reported, _threshold(judged, bound))[0]
    safe = _outcome(all_of, index, Gate(), all_of.reported, lambda features, _: Gate().confidence(features, 0.0))
    share, false, _ = _shares(all_of, safe, Gate().threshold(bound))
    return figures | {"safe_default_share": share, "safe_default_false_share": false}


def _threshold(judged: Outcome, bound: float) -> float:
    order = np.argsort(-judged.scores)
    wrong = np.cumsum(~judged.right[order])
    good = np.flatnonzero(wrong <= bound * np.arange(1, len(order) + 1))
    return float(judged.scores[order[good[-1]]]) if len(good) else float("inf")


def _learned(all_of: Questions, index: Index, verdicts: Sequence[Judged], bound: float, name: str) -> Figures:
    gate, seen, log_odds = learn(index, verdicts)
    shifted = _with_offsets(index, seen, log_odds)
    outcome = _outcome(all_of, shifted, gate, all_of.reported, gate.confidence)
    share, false, out = _shares(all_of, outcome, gate.threshold(bound))
    checked = dataclasses.replace(outcome, scores=np.where(outcome.refused, -1.0, outcome.scores))
    both, both_false, _ = _shares(all_of, checked, gate.threshold(bound))
    suffix = "" if name == "at_2pct" else "_confirmed"
    return {
        f"answered_share_{name}": share,
        f"false_share{suffix}": false,
        f"out_of_scope_answered_share{suffix}": out,
        f"answered_share_with_checks{suffix}": both,
        f"false_share_with_checks{suffix}": both_false,
    }


def _with_offsets(index: Index, seen: Measured, log_odds: Numbers) -> Index:
    known = offsets(log_odds, seen.right, seen.answers)
    part = index.parts[None]
    answers = [dataclasses.replace(answer, offset=known.get(answer.id, 0.0)) for answer in part.answers]
    return dataclasses.replace(index, parts={None: dataclasses.replace(part, answers=answers, masks={})})


def _shares(all_of: Questions, outcome: Outcome, threshold: float) -> tuple[float, float, float]:
    """Of those in scope the share answered rightly, of the answers the share wrong, of the rest the share answered."""
    given, inside = outcome.scores >= threshold, all_of.intents[all_of.reported] != OUT
    false = float((given & ~outcome.right).sum() / max(1, given.sum()))
    return (
        float((given & inside & outcome.right).sum() / inside.sum()),
        false,
        float((given & ~inside).sum() / (~inside).sum()),
    )
