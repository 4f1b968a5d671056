"""What the gate sees of a question and the answers nearest to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.cached.index import Candidates, Floats

FEATURES = ("max", "max_margin", "top3", "top3_margin", "centroid", "centroid_margin", "share", "agreement", "crowd")
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


def standings(found: Candidates, most: int = TOP) -> list[Standing]:
    """The best answers, best first, with their features against the best of the others."""
    blocks = Blocks(found)
    order = np.argsort(-blocks.choice)[:most]
    return [Standing(int(place), int(blocks.rows[place]), blocks.features(int(place))) for place in order]


class Blocks:
    """Each answer's figures over the block of its questions."""

    def __init__(self, found: Candidates) -> None:
        self.cosines, self.starts = found.cosines, found.starts
        self.ends = np.append(found.starts[1:], len(found.cosines))
        self.owner = np.repeat(np.arange(len(found.starts)), self.ends - self.starts)
        self.order = np.argsort(-self.cosines, kind="stable")
        self.max = np.maximum.reduceat(self.cosines, self.starts)
        self.rows = self._first_rows()
        self.top3 = self._top3()
        sums = np.add.reduceat(found.vectors, self.starts, axis=0)
        lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-6)
        self.centroid = (np.add.reduceat(self.cosines, self.starts) / lengths).astype(np.float32)
        kernel = np.add.reduceat(np.exp(KERNEL * (self.cosines - 1)), self.starts) / (self.ends - self.starts) ** 0.5
        self.share = (kernel / kernel.sum()).astype(np.float32)
        self.crowd = float(self.cosines[self.order[:CROWD]].mean())
        self.choice = self.max + self.top3 + self.centroid

    def features(self, place: int) -> Floats:
        """One answer's, in the order of FEATURES."""
        pairs = [(values[place], values[place] - _rival(values, place)) for values in self._compared()]
        agreement = float((self.owner[self.order[:TOP]] == place).mean())
        rest = (self.share[place], agreement, self.crowd)
        return np.array([value for pair in pairs for value in pair] + list(rest), dtype=np.float32)

    def _compared(self) -> tuple[Floats, ...]:
        return self.max, self.top3, self.centroid

    def _first_rows(self) -> NDArray[np.int64]:
        rows = np.empty(len(self.starts), dtype=np.int64)
        rows[self.owner[self.order[::-1]]] = self.order[::-1]
        return rows

    def _top3(self) -> Floats:
        """The mean of each answer's three highest cosines, of fewer where it has fewer."""
        by_answer = np.lexsort((-self.cosines, self.owner))
        rank = np.arange(len(by_answer)) - self.starts[self.owner]
        taken = np.where(rank < 3, self.cosines[by_answer], 0.0)
        means: Floats = np.add.reduceat(taken, self.starts) / np.minimum(self.ends - self.starts, 3)
        return means


def _rival(values: Floats, place: int) -> float:
    if len(values) == 1:
        return 0.0
    return float(max(values[:place].max(initial=-1.0), values[place + 1 :].max(initial=-1.0)))
