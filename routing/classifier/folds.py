"""Cross-validation: every message is scored by weights that were learnt without it."""

from dataclasses import dataclass

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from routing.classifier.measures import auc
from routing.classifier.weights import Weights, learnt

Numbers = NDArray[np.float64]
# Measured: where the sides lie apart (greetings, proofs) 3 is best, where they blend (exam questions) 300.
PENALTIES = (3.0, 30.0, 300.0)
FOLDS, REPEATS = 5, 2


@dataclass(frozen=True)
class Examples:
    """Labelled messages: `seen` surface features (n, features), `vectors` (n, dimensions), `hard` (n,), and how much
    each `counts` (n,). `own`: from this installation, as against the starter set."""

    seen: Numbers
    vectors: NDArray[float32]
    hard: NDArray[np.bool_]
    counts: Numbers
    own: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.hard)

    def part(self, chosen: NDArray[np.bool_]) -> "Examples":
        """Those that are chosen."""
        return Examples(
            self.seen[chosen], self.vectors[chosen], self.hard[chosen], self.counts[chosen], self.own[chosen]
        )

    def balanced(self) -> Numbers:
        """`counts` such that both sides weigh the same: a score of 0.5 then favours neither."""
        found = self.counts.copy()
        for side in (self.hard, ~self.hard):
            found[side] *= 0.5 * self.counts.sum() / max(self.counts[side].sum(), 1e-12)
        return found


def fitted(examples: Examples, penalty: float, embedder: str = "") -> Weights:
    """Weights that were learnt of all of them. Raises ValueError when they are of one side."""
    return learnt(
        examples.seen, examples.vectors, examples.hard, examples.balanced(), embedder=embedder, penalty=penalty
    )


def best_penalty(examples: Examples) -> float:
    """The one of PENALTIES whose held-out scores say most of the messages: the least logarithmic loss."""
    return min(PENALTIES, key=lambda penalty: _loss(examples, _once(examples, penalty, 0)[0]))


def _loss(examples: Examples, scores: Numbers) -> float:
    said = np.clip(np.where(examples.hard, scores, 1 - scores), 1e-9, 1.0)
    return float(-examples.balanced() @ np.log(said))


@dataclass(frozen=True)
class Crossed:
    """`scores` (n,): of each message by weights that had not seen it; `aucs`: of each fold."""

    scores: Numbers
    aucs: list[float]


def crossed(examples: Examples, judged: NDArray[np.bool_], penalty: float) -> Crossed:
    """Stratified cross-validation, repeated; the AUC of each fold is that of its `judged` messages.

    Always the same folds for the same labels, so that a figure can be had again.
    """
    total, aucs = np.zeros(len(examples)), []
    for repeat in range(REPEATS):
        scores, fold = _once(examples, penalty, repeat)
        total += scores
        insides = [(fold == number) & judged for number in range(FOLDS)]
        aucs += [auc(examples.hard[inside], scores[inside]) for inside in insides]
    return Crossed(total / REPEATS, [each for each in aucs if not np.isnan(each)])


def _once(examples: Examples, penalty: float, seed: int) -> tuple[Numbers, NDArray[np.int64]]:
    """(held-out scores, the fold of each message)."""
    fold, scores = _folds(examples, np.random.default_rng(seed)), np.zeros(len(examples))
    for number in range(FOLDS):
        out = fold == number
        scores[out] = fitted(examples.part(~out), penalty).scores(examples.seen[out], examples.vectors[out])
    return scores, fold


def _folds(examples: Examples, chance: np.random.Generator) -> NDArray[np.int64]:
    """A fold for each message, every kind spread evenly over them."""
    found = np.zeros(len(examples), dtype=np.int64)
    for hard in (True, False):
        for own in (True, False):
            inside = np.flatnonzero((examples.hard == hard) & (examples.own == own))
            chance.shuffle(inside)
            found[inside] = np.arange(len(inside)) % FOLDS
    return found
