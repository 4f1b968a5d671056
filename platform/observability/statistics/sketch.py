"""Sketches of many numbers, from which percentiles are read with a relative error of at most 0.5 %.

A sketch counts values in buckets that grow geometrically: bucket i holds (γ^(i-1), γ^i], and says 2γ^i/(γ+1) for all
of them. This is DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", VLDB 2019) without a limit of buckets: from 1 µs to a day there are 2,520. Sketches that are
merged in any order are the sketch of all values, so percentiles are never averaged.
"""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACCURACY = 0.005
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
NOTHING = -32768  # the bucket of zero and below
LEAST = 1e-6  # what is smaller counts as nothing
MOST = 1e12
_PER_BUCKET = math.log(GAMMA)
_log, _ceil = math.log, math.ceil


def bucket(value: float) -> int:
    """The bucket of a finite number; fits 16 bits."""
    if value < LEAST:
        return NOTHING
    return _ceil(_log(min(value, MOST)) / _PER_BUCKET)


def buckets(values: "NDArray[Any]") -> "NDArray[Any]":
    """The same for many at once."""
    import numpy as np

    found = np.ceil(np.log(np.clip(values, LEAST, MOST)) / _PER_BUCKET).astype(np.int64)
    return np.where(values < LEAST, NOTHING, found)


def value_of(index: int) -> float:
    """What a bucket says: within 0.5 % of everything in it."""
    return 0.0 if index == NOTHING else 2 * math.exp(index * _PER_BUCKET) / (GAMMA + 1)


class Sketch:
    """Buckets in ascending order, and how many values each has. Never changed after it was made."""

    __slots__ = ("buckets", "counts")

    def __init__(self, buckets: "NDArray[Any]", counts: "NDArray[Any]") -> None:
        self.buckets, self.counts = buckets, counts

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """The sketch of some numbers."""
        counted: dict[int, int] = {}
        for value in values:
            index = bucket(value)
            counted[index] = counted.get(index, 0) + 1
        return cls.counted(counted)

    @classmethod
    def counted(cls, counts: Mapping[int, int]) -> Self:
        """From counts by bucket."""
        import numpy as np

        ordered = sorted(counts)
        return cls(np.array(ordered, dtype=np.int64), np.array([counts[index] for index in ordered], dtype=np.int64))

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def quantile(self, share: float) -> float | None:
        """The smallest value that at least `share` (0 to 1) of all do not exceed; None when there are none.

        The same as numpy.quantile(values, share, method="inverted_cdf"), within 0.5 %. Raises ValueError.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"A share is between 0 and 1, not {share}.")
        if not len(self.counts):
            return None
        reached = self.counts.cumsum()
        rank = max(1, math.ceil(share * int(reached[-1]) - 1e-9))
        return value_of(int(self.buckets[reached.searchsorted(rank)]))

    def share_above(self, value: float) -> float | None:
        """The share of values in buckets above that of `value`; None when there are none."""
        return float(self.counts[self.buckets > bucket(value)].sum()) / self.count if len(self.counts) else None

    def merge(self, *others: "Sketch") -> "Sketch":
        """The sketch of all values of this one and the others."""
        import numpy as np

        found = [each for each in (self, *others) if len(each.counts)]
        if len(found) < 2:
            return found[0] if found else self
        buckets, places = np.unique(np.concatenate([each.buckets for each in found]), return_inverse=True)
        counts = np.zeros(len(buckets), dtype=np.int64)
        np.add.at(counts, places, np.concatenate([each.counts for each in found]))
        return Sketch(buckets, counts)
