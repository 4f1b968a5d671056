"""What the gate sees of a question and the answers nearest to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.cached.gate.head import Head, softmax
from routing.cached.index import Candidates, Floats

FEATURES = (
    "max", "max_margin", "top3", "top3_margin", "centroid", "centroid_margin", "head", "head_margin", "head_share",
    "share", "log_share", "agreement", "crowd", "nearest_too", "centroid_too",
)  # fmt: skip
KERNEL = 20.0  # how sharply nearness counts in the share
TOP = 5
CROWD = 30


@dataclass(frozen=True)
class Standing:
    """One answer for one question: its best stored question (a row of the candidates) and its features."""

    place: int
    row: int
    features: Floats

    @property
    def similarity(self) -> float:
        """The highest cosine with one of its questions."""
        return float(self.features[0])

    def named(self) -> dict[str, float]:
        """The features by name."""
        return {name: round(float(value), 4) for name, value in zip(FEATURES, self.features, strict=True)}


def standings(found: Candidates, head: Head | None, most: int = TOP) -> list[Standing]:
    """The best answers, best first, with their features against the best of the others.

    Best by the head where there is one, else by the sum of the three cosines.
    """
    blocks = Blocks(found, head)
    order = np.argsort(-blocks.choice, kind="stable")[:most]
    return [Standing(int(place), int(blocks.rows[place]), blocks.features(int(place))) for place in order]


class Blocks:
    """Each answer's figures over the block of its questions."""

    def __init__(self, found: Candidates, head: Head | None) -> None:
        self.cosines, self.starts = found.cosines, found.starts
        self.ends = np.append(found.starts[1:], len(found.cosines))
        self.owner = np.repeat(np.arange(len(found.starts)), self.ends - self.starts)
        self.order = np.argsort(-self.cosines, kind="stable")
        self.max = np.maximum.reduceat(self.cosines, self.starts)
        self.rows = self._first_rows()
        self.top3 = self._top3()
        sums = np.add.reduceat(found.vectors, self.starts, axis=0)
        centroids = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)).astype(np.float32)
        self.centroid: Floats = centroids @ found.vector
        kernel = np.add.reduceat(np.exp(KERNEL * (self.cosines - 1)), self.starts)
        self.share = (kernel / kernel.sum()).astype(np.float32)
        self.crowd = float(self.cosines[self.order[:CROWD]].mean())
        rows = head.of([answer.id for answer in found.answers], centroids) if head else centroids
        self.head: Floats = rows @ found.vector
        self.head_share = softmax(self.head.astype(np.float32))
        self.choice: Floats = self.head if head else self.max + self.top3 + self.centroid

    def features(self, place: int) -> Floats:
        """One answer's, in the order of FEATURES."""
        compared = (self.max, self.top3, self.centroid, self.head)
        pairs = [(values[place], values[place] - _rival(values, place)) for values in compared]
        agreement = float((self.owner[self.order[:TOP]] == place).mean())
        share = float(self.share[place])
        too = float(self.max.argmax() == place), float(self.centroid.argmax() == place)
        rest = (self.head_share[place], share, np.log(share + 1e-6), agreement, self.crowd, *too)
        return np.array([value for pair in pairs for value in pair] + list(rest), dtype=np.float32)

    def _first_rows(self) -> NDArray[np.int64]:
        """The row of each answer's nearest question."""
        rows = np.empty(len(self.starts), dtype=np.int64)
        rows[self.owner[self.order[::-1]]] = self.order[::-1]
        return rows

    def _top3(self) -> Floats:
        """The mean of each answer's three highest cosines, of fewer where it has fewer."""
        by_answer = np.lexsort((-self.cosines, self.owner))
        rank = np.arange(len(by_answer)) - self.starts[self.owner]
        taken = np.where(rank < 3, self.cosines[by_answer], 0.0)
        means: Floats = (np.add.reduceat(taken, self.starts) / np.minimum(self.ends - self.starts, 3)).astype(np.float32)
        return means


def _rival(values: Floats, place: int) -> float:
    """The best of the others; nothing stands beside an only answer, so it is as far as can be expected."""
    if len(values) == 1:
        return float(values[place]) - ALONE
    return float(max(values[:place].max(initial=-np.inf), values[place + 1 :].max(initial=-np.inf)))


ALONE = 0.2
