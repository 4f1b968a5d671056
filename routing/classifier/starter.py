"""The starter set: messages of our own, labelled, and the weights that were trained on them.

They decide until somebody trains on labels of the installation, and they are the prior of that training.
`manage.py train_router --starter` makes the weights anew; they name the set that they were made from.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from routing.classifier.weights import UnusableWeights, Weights

FOLDER = Path(__file__).parent
SET = FOLDER / "starter.jsonl"
WEIGHTS = FOLDER / "starter_weights.json"


@dataclass(frozen=True)
class Message:
    """One of the set; `hard` is "needs a large model"."""

    text: str
    hard: bool


@dataclass(frozen=True)
class Decider:
    """Weights with their threshold."""

    weights: Weights
    threshold: float


@dataclass(frozen=True)
class Starter:
    """`full` sees surface and meaning; `alone` sees the surface only, where there is no fitting vector."""

    full: Decider
    alone: Decider


@cache
def messages() -> tuple[Message, ...]:
    """The set, simple and complex."""
    rows = (json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines() if line.strip())
    return tuple(Message(row["text"], row["value"] == "complex") for row in rows)


def fingerprint() -> str:
    """Of the set's file, as the weights name it."""
    return hashlib.sha256(SET.read_bytes()).hexdigest()[:16]


@cache
def starter() -> Starter:
    """The shipped weights. Raises UnusableWeights when the file does not fit this version: make it anew."""
    kept = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    try:
        return Starter(_decider(kept["full"]), _decider(kept["alone"]))
    except (KeyError, UnusableWeights) as error:
        raise UnusableWeights(f"{WEIGHTS.name}: {error} Run `manage.py train_router --starter`.") from error


def write(full: Decider, alone: Decider) -> None:
    """Store the weights beside the set."""
    found = {"set": fingerprint(), "full": _as_json(full), "alone": _as_json(alone)}
    WEIGHTS.write_text(json.dumps(found) + "\n", encoding="utf-8")
    starter.cache_clear()


def _decider(kept: dict[str, Any]) -> Decider:
    return Decider(Weights.from_json(kept["weights"]), float(kept["threshold"]))


def _as_json(decider: Decider) -> dict[str, Any]:
    return {"weights": decider.weights.as_json(), "threshold": round(decider.threshold, 4)}
