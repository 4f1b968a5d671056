"""How good scores are: AUC, calibration, and what a threshold costs. Every message may count for more or less than one.

All of it on scores of messages that the weights had not seen; `hard`, `scores` and `weights` are (n,).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
CONFIDENCE = 0.95
NEUTRAL, NEXT_TO_NOTHING = 0.5, 0.02
GRID = np.linspace(0.0, 1.0, 20001)


def auc(hard: Flags, scores: Numbers, weights: Numbers | None = None) -> float:
    """The chance that a hard message scores above a simple one; ties count half. NaN where a side is missing."""
    counted = np.ones(len(scores)) if weights is None else weights
    levels, at = np.unique(scores, return_inverse=True)
    of_hard = np.bincount(at, weights=counted * hard, minlength=len(levels))
    of_simple = np.bincount(at, weights=counted * ~hard, minlength=len(levels))
    pairs = of_hard.sum() * of_simple.sum()
    below = np.cumsum(of_simple) - 0.5 * of_simple
    return float(of_hard @ below / pairs) if pairs else float("nan")


@dataclass(frozen=True)
class Bin:
    """Messages whose scores lie in [start, end): what was said of them, what they were, and how many they are."""

    start: float
    end: float
    predicted: float
    actual: float
    count: int


def calibration(hard: Flags, scores: Numbers, weights: Numbers, bins: int = 10) -> list[Bin]:
    """The reliability table, without empty bins."""
    at = np.minimum((scores * bins).astype(int), bins - 1)
    found = []
    for number in range(bins):
        inside = at == number
        if (total := weights[inside].sum()) > 0:
            predicted = float(weights[inside] @ scores[inside] / total)
            actual = float(weights[inside] @ hard[inside] / total)
            found.append(Bin(number / bins, (number + 1) / bins, predicted, actual, int(inside.sum())))
    return found


def upper_bound(missed: float, count: float) -> float:
    """What the share of `missed` in `count` is at most, with 95 % confidence: Clopper and Pearson (1934), one-sided.

    The 0.95 quantile of Beta(missed + 1, count − missed); both may be fractions where messages are weighted. Near 0 it
    says 3 / count.
    """
    if missed >= count:
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        density = missed * np.log(GRID) + (count - missed - 1) * np.log1p(-GRID)
    density[0] = 0.0 if missed == 0 else -np.inf
    density[-1] = -np.inf
    mass = np.cumsum(np.exp(density - density[np.isfinite(density)].max()))
    return float(GRID[min(int(np.searchsorted(mass, CONFIDENCE * mass[-1])) + 1, len(GRID) - 1)])


@dataclass(frozen=True)
class Choice:
    """A threshold. `missed`: share of the hard ones below it, at most `bound` with 95 % confidence; `simple_small`:
    share of the simple ones below it. `holds`: whether the bound is what was asked for."""

    threshold: float
    missed: float
    bound: float
    simple_small: float
    holds: bool


class Held:
    """Scores of messages that were held out, ready for choosing thresholds."""

    def __init__(self, hard: Flags, scores: Numbers, weights: Numbers) -> None:
        order = np.argsort(scores[hard])
        self._hard, self._of_hard = scores[hard][order], weights[hard][order]
        self._simple, self._of_simple = scores[~hard], weights[~hard]
        # Kish: so many equal messages say as much as these of different weight.
        self._count = float(self._of_hard.sum() ** 2 / (self._of_hard**2).sum()) if len(self._hard) else 0.0
        self._below = np.concatenate([[0.0], np.cumsum(self._of_hard)]) / max(self._of_hard.sum(), 1e-12)

    def at(self, threshold: float, allowed: float = 1.0) -> Choice:
        """What a threshold does."""
        missed = float(self._below[np.searchsorted(self._hard, threshold)])
        bound = upper_bound(missed * self._count, self._count)
        total = max(self._of_simple.sum(), 1e-12)
        small = float(self._of_simple[self._simple < threshold].sum() / total)
        return Choice(threshold, missed, bound, small, bound <= allowed)

    def choose(self, allowed: float) -> Choice:
        """The highest threshold below which at most `allowed` of the hard ones fall, by the upper bound.

        Where there are too few hard ones to show that at all, the one that misses none of them.
        """
        low, high = 0, len(self._hard)  # so many are missed: the bound grows with it
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._bound(middle) <= allowed else (low, middle - 1)
        return self.at(self._between(low), allowed)

    def careful(self, allowed: float) -> Choice:
        """`choose`, lowered to 0.5 where that keeps next to all of the simple ones small.

        Where the labelled sides lie far apart, the highest threshold is near 1, and hard messages of a kind that nobody
        has labelled yet, which score lower, would all be missed.
        """
        highest = self.choose(allowed)
        lowered = self.at(min(highest.threshold, NEUTRAL), allowed)
        return lowered if lowered.simple_small >= highest.simple_small - NEXT_TO_NOTHING else highest

    def _bound(self, missed: int) -> float:
        return upper_bound(float(self._below[missed]) * self._count, self._count)

    def _between(self, missed: int) -> float:
        """A threshold that so many hard ones lie below: between two scores, lower rather than higher."""
        if missed >= len(self._hard):
            return 1.0
        return float(self._hard[missed])
