"""What the benchmarks count is counted right: a wrong figure is worse than none."""

import random

from bench.admission import inversions
from bench.report import percentile
from bench.trace import PARTS, arrivals


def test_a_percentile_is_a_value_that_was_measured():
    values = [float(n) for n in range(1, 101)]
    random.Random(1).shuffle(values)
    assert [percentile(values, share) for share in (0, 0.5, 0.95, 1)] == [1, 50, 95, 100]
    assert percentile([7.0], 0.95) == 7


def test_arrivals_come_at_the_rate_asked_for_and_in_order():
    coming = list(arrivals(50, 200, seed=1))
    assert abs(len(coming) / 200 - 50) < 2
    assert coming == sorted(coming)
    assert {kind for _, kind in coming} == set(range(PARTS))


def test_turns_let_out_in_the_order_of_acceptance_are_no_inversions():
    assert inversions([(n, n + 5.0) for n in range(10)], 0.25) == 0


def test_a_turn_let_out_after_a_later_one_is_an_inversion_once():
    assert inversions([(0, 9.0), (1, 2.0), (2, 3.0), (3, 4.0)], 0.25) == 1


def test_turns_that_came_or_went_together_are_in_no_order():
    assert inversions([(0.0, 5.0), (0.2, 1.0)], 0.25) == 0
    assert inversions([(0.0, 5.2), (3.0, 5.0)], 0.25) == 0
