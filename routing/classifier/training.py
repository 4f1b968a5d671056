"""Training: labels and starter set in, a version with its report out. Nothing goes live by it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.classifier import report
from routing.classifier.folds import Examples, best_penalty, crossed, fitted
from routing.classifier.labels import Label, counting, gather_weak
from routing.classifier.measures import Held
from routing.classifier.starter import Message, messages
from routing.classifier.weights import Weights, surfaces
from routing.models import ClassifierVersion
from routing.vectors import local_embedder

LEAST = 10  # labels of each side
PRIOR = 100.0  # own labels at which a message of the starter set counts half
DEFAULT_ALLOWED = 0.05
Tell = Callable[[str], None]


class CannotTrain(ValueError):
    """Too little to learn from. The message says how much is missing."""


@dataclass(frozen=True)
class Trained:
    """What came of a training, before it is stored."""

    weights: Weights
    threshold: float
    report: dict[str, Any]


def silent(_text: str) -> None:
    """Tell nobody."""


def train(allowed: float = DEFAULT_ALLOWED, user_id: int | None = None, tell: Tell = silent) -> ClassifierVersion:
    """A new version, not live, from the labels of this installation and the starter set.

    `allowed`: the share of hard messages that may go to the small model, by the upper 95 % bound. `tell` hears what is
    being done. Raises CannotTrain. Blocks for seconds to minutes.
    """
    if not 0 < allowed < 1:
        raise CannotTrain("The share of hard messages to the small model must lie between 0 and 100 %.")
    tell("Gathering labels …")
    gather_weak()
    labels = counting()
    require_enough(labels)
    trained = trained_on(labels, allowed, tell)
    return ClassifierVersion.objects.create(
        embedder=trained.weights.embedder,
        weights=trained.weights.as_json(),
        threshold=trained.threshold,
        report=trained.report,
        created_by_id=user_id,
    )


def require_enough(labels: list[Label]) -> None:
    """Raises CannotTrain when a side has fewer than LEAST labels, and says how many are missing."""
    sides = Counter(label.hard for label in labels)
    missing = [(LEAST - sides[hard], word) for hard, word in ((False, "simple"), (True, "complex"))]
    wanted = " and ".join(f"{count} more {word}" for count, word in missing if count > 0)
    if not labels:
        raise CannotTrain(f"There are no labels yet: label at least {LEAST} simple and {LEAST} complex messages.")
    if wanted:
        raise CannotTrain(f"Too few labels: {wanted} are missing. At least {LEAST} of each side are needed.")


def trained_on(labels: list[Label], allowed: float, tell: Tell = silent) -> Trained:
    """Learn from these and the starter set, and judge by cross-validation. Stores nothing."""
    prior = starter_weight(labels)
    examples = gathered(labels, messages(), prior, tell)
    tell(f"Learning from {len(labels):,} labels, and from each part of them while the rest is held out …")
    penalty = best_penalty(examples)
    held_out = crossed(examples, examples.own, penalty)
    weights = fitted(examples, penalty, local_embedder().name)
    tell("Comparing with what is in use …")
    found = report.written(labels, examples, held_out, weights, allowed)
    choice = Held(examples.hard, held_out.scores, examples.counts).careful(allowed)
    found |= {"starter": {"messages": len(messages()), "weight": round(prior, 3)}, "penalty": penalty}
    return Trained(weights, round(choice.threshold, 6), found)


def starter_weight(labels: list[Label]) -> float:
    """How much one message of the starter set counts: 1 without own labels, half at PRIOR of them, then ever less."""
    return PRIOR / (PRIOR + sum(label.counts for label in labels))


def gathered(labels: list[Label], starters: tuple[Message, ...], prior: float, tell: Tell = silent) -> Examples:
    """Labels first, then the starter set. A labelled text that the starter set has too counts as the label says."""
    labelled = {label.text for label in labels}
    kept = [each for each in starters if each.text not in labelled]
    texts = [label.text for label in labels] + [each.text for each in kept]
    tell(f"Embedding {len(texts):,} messages …")
    return Examples(
        seen=surfaces(texts),
        vectors=local_embedder().embed_all(texts),
        hard=np.array([label.hard for label in labels] + [each.hard for each in kept], dtype=bool),
        counts=np.array([label.counts for label in labels] + [prior] * len(kept), dtype=float),
        own=np.array([True] * len(labels) + [False] * len(kept), dtype=bool),
    )
