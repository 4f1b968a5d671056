"""Whether: logistic regression on standardised features by Newton's steps, and the threshold for an error bound."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
RIDGE, NEWTON_STEPS = 1.0, 25
CAUTION = 1.0  # standard deviations: the error measured afterwards overshoots, the more the fewer verdicts there were
MOST_OFFSET = 4.0


def fit(features: Numbers, right: Numbers) -> tuple[Numbers, float]:
    """(weights, bias) for raw features (n, m) and whether each was right (n) as 0 or 1."""
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    design = np.column_stack([(features - middle) / spread, np.ones(len(features))])
    ridge = RIDGE * np.eye(design.shape[1])
    ridge[-1, -1] = 1e-3
    weights = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        p = probability(design @ weights)
        curve = (design * (p * (1 - p))[:, None]).T @ design + ridge
        weights -= np.linalg.solve(curve, design.T @ (p - right) + ridge @ weights)
    return weights[:-1] / spread, float(weights[-1] - (weights[:-1] / spread) @ middle)


def probability(log_odds: Numbers) -> Numbers:
    """From log-odds."""
    found: Numbers = 1 / (1 + np.exp(-np.clip(log_odds, -40, 40)))
    return found


def offsets(log_odds: Numbers, right: Numbers, answers: NDArray[np.int64]) -> dict[int, float]:
    """Each answer's correction of the log-odds: Σ(right − p) / (Σ p(1 − p) + 1), within ±4."""
    p = probability(log_odds)
    ids, of = np.unique(answers, return_inverse=True)
    found = np.bincount(of, right - p) / (np.bincount(of, p * (1 - p)) + 1)
    clipped = np.clip(found, -MOST_OFFSET, MOST_OFFSET)
    return {int(answer): float(offset) for answer, offset in zip(ids, clipped, strict=True)}


def threshold_for(confidence: Numbers, right: Numbers, bound: float) -> float:
    """The lowest confidence above which at most `bound` were wrong, by the upper end of Wilson's interval.

    Above 1 when there is none.
    """
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(1 - right[order])
    count = np.arange(1, len(order) + 1)
    good = np.flatnonzero(upper(wrong, count) <= bound)
    return float(confidence[order[good[-1]]]) if len(good) else 1.01


def upper(wrong: Numbers, count: NDArray[np.int64]) -> Numbers:
    """The upper end of Wilson's score interval for a share, CAUTION standard deviations away."""
    share, z = wrong / count, CAUTION
    middle = share + z * z / (2 * count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    found: Numbers = (middle + half) / (1 + z * z / count)
    return found


def fewest_without_error(bound: float) -> int:
    """So many right ones, none wrong, are needed before the bound can be met at all."""
    return int(sqrt(CAUTION) * (1 - bound) / bound) + 1
