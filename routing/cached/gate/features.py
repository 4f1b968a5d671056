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
NOTED = 3  # answers whose standing is told
CROWD = 30
ALONE = 0.2  # the margin of an answer that is the only one


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


def standings(found: Candidates, head: Head | None, most: int = NOTED) -> list[Standing]:
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
        self.centroid: Floats = (np.add.reduceat(self.cosines, self.starts) / found.lengths).astype(np.float32)
        kernel = np.add.reduceat(np.exp(KERNEL * (self.cosines - 1)), self.starts)
        self.share = (kernel / kernel.sum()).astype(np.float32)
        self.crowd = float(self.cosines[self.order[:CROWD]].mean())
        ids = [answer.id for answer in found.answers]
        self.head: Floats = head.logits(ids, self.centroid, found.vector) if head else self.centroid
        self.head_share = softmax(self.head.astype(np.float32))
        self.choice: Floats = self.head if head else self.max + self.top3 + self.centroid
        self.compared = [(values, *_two_best(values)) for values in (self.max, self.top3, self.centroid, self.head)]

    def features(self, place: int) -> Floats:
        """One answer's, in the order of FEATURES."""
        pairs = [
            (values[place], values[place] - (second if values[place] == first else first))
            for values, first, second in self.compared
        ]
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
        means: Floats = (np.add.reduceat(taken, self.starts) / np.minimum(self.ends - self.starts, 3)).astype(
            np.float32
        )
        return means


def _two_best(values: Floats) -> tuple[float, float]:
    """The highest and the second. Nothing stands beside an only answer: then a usual margin is taken."""
    if len(values) == 1:
        return float(values[0]), float(values[0]) - ALONE
    second, first = np.partition(values, -2)[-2:]
    return float(first), float(second)
