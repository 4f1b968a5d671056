"""What the gate sees of a question and the answers nearest to it."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from routing.cached.gate.head import Head, softmax
from routing.cached.gate.wording import seen
from routing.cached.index import Candidates, Floats

FEATURES = (
    "max", "max_margin", "top3", "top3_margin", "centroid", "centroid_margin", "head", "head_margin", "head_share",
    "share", "log_share", "agreement", "crowd", "nearest_too", "centroid_too",
)  # fmt: skip
KERNEL = 20.0  # how sharply nearness counts in the share
TOP = 5
NOTED = 3  # answers whose standing is told
CROWD = 30
NONE = np.float32(-2.0)  # lower than any cosine
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
        cosines, starts = found.cosines, found.starts
        rows = _padded(cosines, starts)
        nearest = rows.argmax(axis=1)
        self.rows = starts + nearest
        maximum, top3 = cosines[self.rows], _top3(rows)
        centroid: Floats = (np.add.reduceat(cosines, starts) / found.lengths).astype(np.float32, copy=False)
        kernel = np.add.reduceat(np.exp(KERNEL * (cosines - 1)), starts)
        self.share = (kernel / kernel.sum()).tolist()
        order = np.argsort(-cosines, kind="stable")[:CROWD]
        self.crowd = float(cosines[order].sum()) / len(order)
        self.leaders: list[int] = (np.searchsorted(starts, order[:TOP], side="right") - 1).tolist()
        ids = [answer.id for answer in found.answers]
        logits = head.logits(ids, centroid, seen(found.vector, found.text)) if head else centroid
        self.head_share = softmax(logits).tolist()
        self.choice: Floats = logits if head else maximum + top3 + centroid
        values = np.stack([maximum, top3, centroid, logits])
        self.compared = list(zip(values.tolist(), _two_best(values), strict=True))
        self.first = int(maximum.argmax()), int(centroid.argmax())

    def features(self, place: int) -> Floats:
        """One answer's, in the order of FEATURES."""
        found: list[float] = []
        for values, (second, first) in self.compared:
            found += values[place], values[place] - (second if values[place] == first else first)
        share, agreement = self.share[place], self.leaders.count(place) / len(self.leaders)
        found += self.head_share[place], share, log(share + 1e-6), agreement, self.crowd
        return np.array([*found, *(float(place == first) for first in self.first)], dtype=np.float32)


def _padded(cosines: Floats, starts: NDArray[np.int64]) -> Floats:
    """(answers, the longest block): an answer's cosines in a row, and NONE behind them."""
    counts = np.diff(starts, append=len(cosines))
    columns = np.arange(counts.max())
    places = np.minimum(starts[:, None] + columns, len(cosines) - 1)
    found: Floats = np.where(columns < counts[:, None], cosines[places], NONE)
    return found


def _top3(rows: Floats) -> Floats:
    """The mean of each answer's three highest cosines, of fewer where it has fewer."""
    best = np.sort(rows, axis=1)[:, -3:]
    there = best > NONE
    found: Floats = (best * there).sum(axis=1) / there.sum(axis=1, dtype=np.float32)
    return found


def _two_best(values: Floats) -> list[list[float]]:
    """Of each row the second and the highest. Nothing stands beside an only answer: then a usual margin is taken."""
    if values.shape[1] == 1:
        return [[float(value) - ALONE, float(value)] for (value,) in values]
    found: list[list[float]] = np.partition(values, -2, axis=1)[:, -2:].tolist()
    return found
