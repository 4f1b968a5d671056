"""Fitting, AUC, calibration, bounds and thresholds, on numbers whose answer is known."""

import numpy as np
import pytest

from routing.classifier.logistic import fit
from routing.classifier.measures import Held, auc, calibration, upper_bound

YES, NO = True, False


def test_the_fit_is_where_the_gradient_vanishes() -> None:
    chance = np.random.default_rng(1)
    x = chance.normal(size=(200, 3))
    y = x @ [1.0, -2.0, 0.0] + chance.logistic(size=200) > 0
    weights = chance.uniform(0.2, 1.0, size=200)
    beta, bias = fit(x, y, weights, 2.0)
    p = 1 / (1 + np.exp(-(x @ beta + bias)))
    assert np.abs(x.T @ (weights * (p - y)) + 2.0 * beta).max() < 1e-5
    assert abs(weights @ (p - y)) < 1e-5


def test_separable_sides_end_and_one_side_is_refused() -> None:
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    beta, _ = fit(x, np.array([NO, NO, YES, YES]), np.ones(4), 0.01)
    assert 1 < beta[0] < 50
    with pytest.raises(ValueError, match="one side only"):
        fit(x, np.array([YES] * 4), np.ones(4), 1.0)


def test_auc_counts_pairs_with_ties_as_half() -> None:
    hard, scores = np.array([NO, NO, YES, YES]), np.array([0.1, 0.5, 0.5, 0.9])
    assert auc(hard, scores) == pytest.approx(3.5 / 4)
    assert auc(hard, scores, np.array([1.0, 3.0, 1.0, 1.0])) == pytest.approx((1 + 1.5 + 1 + 3) / 8)
    assert np.isnan(auc(np.array([YES]), np.array([0.3])))


def test_the_upper_bound_is_clopper_and_pearsons() -> None:
    assert upper_bound(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59), abs=2e-4)
    assert upper_bound(3, 100) == pytest.approx(0.0757, abs=5e-4)  # qbeta(0.95, 4, 97)
    assert upper_bound(5, 5) == 1.0


def test_calibration_names_what_was_said_and_what_was_so() -> None:
    scores = np.array([0.05, 0.05, 0.95, 1.0])
    first, last = calibration(np.array([NO, YES, YES, YES]), scores, np.ones(4))
    assert (first.predicted, first.actual, first.count) == (pytest.approx(0.05), 0.5, 2)
    assert (last.start, last.actual, last.count) == (0.9, 1.0, 2)


def test_the_bound_of_a_chosen_threshold_holds_on_messages_that_it_was_not_chosen_on() -> None:
    """Of 60 choices some may miss more than allowed, by chance: at most about one in twenty."""
    chance = np.random.default_rng(7)
    beyond = 0
    for _ in range(60):
        hard = chance.random(600) < 0.5
        scores = np.clip(chance.normal(0.35 + 0.3 * hard, 0.15), 0, 1)
        threshold = Held(hard, scores, np.ones(600)).choose(0.05).threshold
        fresh = np.clip(chance.normal(0.65, 0.15, size=20_000), 0, 1)
        beyond += (fresh < threshold).mean() > 0.05
    assert beyond <= 8


def test_too_few_hard_ones_are_all_sent_to_the_large_model_and_the_bound_is_not_claimed() -> None:
    hard = np.array([NO] * 20 + [YES] * 20)
    scores = np.linspace(0, 1, 40)
    choice = Held(hard, scores, np.ones(40)).choose(0.02)
    assert (choice.missed, choice.holds) == (0.0, False)
    assert choice.threshold == pytest.approx(scores[20])
    assert choice.simple_small == 1.0
