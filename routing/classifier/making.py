"""Making the shipped weights from the starter set."""

import numpy as np

from routing.classifier.folds import Examples, best_penalty, crossed, fitted
from routing.classifier.measures import Held, auc
from routing.classifier.starter import Decider, messages, write
from routing.classifier.training import DEFAULT_ALLOWED, gathered
from routing.classifier.weights import Vector
from routing.vectors import local_embedder


def make_starter() -> str:
    """Train on the starter set alone, with and without the meaning, and store both; what came of it, in words."""
    full = gathered([], messages(), 1.0)
    none: Vector = np.zeros((len(full), 0), dtype=np.float32)
    alone = Examples(full.seen, none, full.hard, full.counts, full.own)
    (best, first), (surface, second) = _decider(full, local_embedder().name), _decider(alone, "")
    write(best, surface)
    hard = int(full.hard.sum())
    return (
        f"Stored. {len(full) - hard} simple and {hard} complex messages; AUC held out {first:.4f}, "
        f"by the surface alone {second:.4f}; thresholds {best.threshold:.3f} and {surface.threshold:.3f}."
    )


def _decider(examples: Examples, embedder: str) -> tuple[Decider, float]:
    """The weights with their threshold, and the AUC of held-out scores."""
    penalty = best_penalty(examples)
    scores = crossed(examples, ~examples.own, penalty).scores
    chosen = Held(examples.hard, scores, examples.counts).careful(DEFAULT_ALLOWED).threshold
    return Decider(fitted(examples, penalty, embedder), chosen), auc(examples.hard, scores)
