"""The weights of a classifier: how they are learnt, stored as JSON, and applied to one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any, Self

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from routing.classifier.features import NAMES, surface
from routing.classifier.logistic import Numbers, fit

FORMAT = 1
Vector = NDArray[float32]


class UnusableWeights(ValueError):
    """Of another format, other features, or damaged. The message says which, and what to do."""


@dataclass(frozen=True)
class Weights:
    """score = sigmoid(bias + surface features · `of_surface` + vector · `of_vector`).

    `of_surface` is (features,), `of_vector` (dimensions,), empty for weights that look at the surface alone;
    `embedder` names whose vectors they are for.
    """

    embedder: str
    bias: float
    of_surface: Numbers
    of_vector: Vector

    def logit(self, seen: Numbers, vector: Vector | None) -> float:
        """Of a message's surface features and its vector, of `embedder`."""
        z = self.bias + float(self.of_surface @ seen)
        return z + float(self.of_vector @ vector) if vector is not None and len(self.of_vector) else z

    def score(self, text: str, vector: Vector | None) -> float:
        """From 0, simple, to 1: needs a large model."""
        z = self.logit(surface(text), vector)
        return 1.0 / (1.0 + exp(-min(max(z, -60.0), 60.0)))

    def scores(self, seen: Numbers, vectors: Vector) -> Numbers:
        """`score` for many: (n, features) and (n, dimensions) to (n,)."""
        z = self.bias + seen @ self.of_surface
        if len(self.of_vector):
            z = z + vectors @ self.of_vector
        found: Numbers = 1.0 / (1.0 + np.exp(-np.clip(z, -60.0, 60.0)))
        return found

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "format": FORMAT,
            "embedder": self.embedder,
            "features": list(NAMES),
            "bias": round(self.bias, 6),
            "surface": [round(float(each), 6) for each in self.of_surface],
            "vector": [round(float(each), 6) for each in self.of_vector],
        }

    @classmethod
    def from_json(cls, kept: Any) -> Self:
        """Raises UnusableWeights."""
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            raise UnusableWeights("The weights are of another version of Parley. Train again.")
        if kept.get("features") != list(NAMES):
            raise UnusableWeights("The weights look at other features than this version of Parley. Train again.")
        try:
            of_surface, of_vector = np.array(kept["surface"], float), np.array(kept["vector"], float32)
            found = cls(str(kept["embedder"]), float(kept["bias"]), of_surface, of_vector)
        except (KeyError, TypeError, ValueError) as error:
            raise UnusableWeights(f"The weights are damaged ({error}). Train again.") from error
        if of_surface.shape != (len(NAMES),) or of_vector.ndim != 1 or not _finite(found):
            raise UnusableWeights("The weights are damaged. Train again.")
        return found


def _finite(weights: Weights) -> bool:
    parts = (weights.of_surface, weights.of_vector, np.array([weights.bias]))
    return all(bool(np.isfinite(part).all()) for part in parts)


def surfaces(texts: Sequence[str]) -> Numbers:
    """The surface features of many messages, (n, features)."""
    return np.array([surface(text) for text in texts]).reshape(-1, len(NAMES))


def learnt(
    seen: Numbers, vectors: Vector, hard: NDArray[np.bool_], weights: Numbers, *, embedder: str, penalty: float
) -> Weights:
    """Weights fitted to n labelled messages: (n, features), (n, dimensions; 0 for none), (n,); how much each counts.

    Columns are brought to unit spread for the fit, so that one penalty suits them all, and back afterwards: the result
    applies to plain features. Raises ValueError as `logistic.fit` does.
    """
    middle, spread = seen.mean(axis=0), seen.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    stretch = sqrt(max(vectors.shape[1], 1))  # a normalised vector's numbers have a spread of 1/√dimensions
    columns = np.hstack([(seen - middle) / spread, vectors.astype(float) * stretch])
    beta, bias = fit(columns, hard, weights, penalty)
    of_surface = beta[: seen.shape[1]] / spread
    of_vector = (beta[seen.shape[1] :] * stretch).astype(float32)
    return Weights(embedder, bias - float(of_surface @ middle), of_surface, of_vector)
