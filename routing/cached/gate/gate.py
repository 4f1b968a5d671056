"""The gate: the probability that an answer is what was asked for, and how high it must be."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from routing.cached.gate.features import FEATURES
from routing.cached.gate.head import Head
from routing.cached.index import Floats

log = logging.getLogger(__name__)
# Without verdicts: 2 · the highest cosine − the second answer's highest, which is max + max_margin.
SAFE_SLOPE, SAFE_MIDDLE = 25.0, 0.80
SAFE_CAUTION = 0.5  # log-odds asked for beyond the bound


@dataclass(frozen=True)
class Gate:
    """Learned weights over standardised features, or the safe default when `weights` is empty.

    `thresholds` gives the probability to reach for an error bound: pairs (bound, threshold), by bound.
    """

    id: int | None = None
    weights: tuple[float, ...] = ()
    bias: float = 0.0
    thresholds: tuple[tuple[float, float], ...] = ()
    head: Head | None = None

    def log_odds(self, features: Floats) -> float:
        """How likely the answer is right, before its own offset."""
        if not self.weights:
            return SAFE_SLOPE * (float(features[0]) + float(features[1]) - SAFE_MIDDLE)
        return float(np.dot(features, np.array(self.weights, dtype=np.float32))) + self.bias

    def confidence(self, features: Floats, offset: float) -> float:
        """The probability from 0 to 1."""
        return 1 / (1 + exp(-min(max(self.log_odds(features) + offset, -40.0), 40.0)))

    def threshold(self, bound: float) -> float:
        """The confidence to reach so that at most `bound` of the answers given are wrong."""
        if not self.weights:
            return 1 - bound / 2
        return next((threshold for given, threshold in reversed(self.thresholds) if given <= bound), 1.01)

    def stored(self) -> dict[str, Any]:
        """As JSON for CacheGate.weights."""
        return {
            "features": list(FEATURES),
            "weights": list(self.weights),
            "bias": self.bias,
            "thresholds": [list(pair) for pair in self.thresholds],
            "head": self.head.stored() if self.head else None,
        }

    @classmethod
    def from_row(cls, pk: int, stored: Mapping[str, Any]) -> "Gate":
        """The gate that a row holds; the safe default when it was made for other features or is broken."""
        if not isinstance(stored, dict) or list(stored.get("features", ())) != list(FEATURES):
            return cls()
        try:
            thresholds = tuple(sorted((float(bound), float(value)) for bound, value in stored["thresholds"]))
            head = Head.from_stored(stored["head"]) if stored.get("head") else None
            return cls(pk, tuple(map(float, stored["weights"])), float(stored["bias"]), thresholds, head)
        except (ValueError, KeyError, TypeError):
            log.exception("Gate %s cannot be read: the safe default decides", pk)
            return cls()
