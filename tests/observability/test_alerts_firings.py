"""When a rule fires and when that is over, point by point."""

import pytest

from observability.alerts import measures
from observability.alerts.condition import Condition, Point
from observability.alerts.firings import Change, Standing, firings, follow
from observability.models.alerts import Direction, Measure
from observability.statistics import FIGURES, Cell, Sketch
from observability.statistics.cells import merged

GAP = "gap"


def condition(hold=2, resolve=2, window=5, direction=Direction.ABOVE, threshold=5):
    return Condition(direction, threshold, hold, resolve, window)


def points(values, minutes=1):
    """One for each; "gap": a point that is missing."""
    return [Point(60 * minutes * number, value, 100) for number, value in enumerate(values, 1) if value != GAP]


def spans(values, minutes=1, **given):
    """(fired, over) in points, counted from 1."""
    found = firings(points(values, minutes), condition(**given), minutes)
    return [(each.opened // 60 // minutes, each.ended and each.ended // 60 // minutes) for each in found]


CASES = {
    "a quiet night": ([None] * 20, []),
    "good values": ([1, 2, 5, 4], []),
    "a spike that is shorter than the hold time": ([1, 9, 9, 1, 1], []),
    "a spike of exactly the hold time": ([1, 9, 9, 9, 1, 1, 1], [(4, 7)]),
    "two short spikes": ([9, 9, 1, 9, 9, 1], []),
    "it goes on": ([9, 9, 9, 9], [(3, None)]),
    "a short recovery is none": ([9, 9, 9, 1, 1, 9, 1, 1, 1], [(3, 9)]),
    "flapping": ([9, 9, 9, 1, 9, 1, 9, 1, 9, 1, 9], [(3, None)]),
    "it comes back": ([9, 9, 9, 1, 1, 1, 9, 9, 9], [(3, 6), (9, None)]),
    "no data does not end it": ([9, 9, 9, *[None] * 600], [(3, None)]),
    "no data does not count towards recovery": ([9, 9, 9, 1, 1, None, None, 1], [(3, 8)]),
    "no data for a moment does not begin anew": ([9, 9, None, None, 9], [(5, None)]),
    "no data does not count towards firing": ([9, None, None, 9, 1], []),
    "what was bad before a long silence is forgotten": ([9, 9, *[None] * 6, 9, 1], []),
    "after a day without data it ends": ([9, 9, 9, *[None] * 1440, 1], [(3, 1443)]),
    "missing points count for nothing": ([9, GAP, GAP, GAP, 9, 1, 1], []),
}


@pytest.mark.parametrize("name", CASES)
def test_it_fires_and_ends(name):
    values, expected = CASES[name]
    assert spans(values) == expected


def test_without_hold_times_each_value_decides():
    assert spans([9, 1, 9, 9], hold=0, resolve=0) == [(1, 2), (3, None)]


def test_below_is_the_other_way_round():
    assert spans([9, 1, 1, 1, 9, 9, 9], direction=Direction.BELOW) == [(4, 7)]
    found = firings(points([3, 2, 4]), condition(hold=1, direction=Direction.BELOW))
    assert (found[0].worst, found[0].worst_at, found[0].began) == (2, 120, 60)


def test_hours_cannot_wait_for_minutes():
    assert spans([1, 9, 1], minutes=60, hold=2, resolve=5) == [(2, 3)]
    assert spans([1, 9, 9, 9, 1, 1], minutes=60, hold=120, resolve=60) == [(4, 6)]


def test_a_clock_that_was_put_back_fires_nothing_twice():
    seen = points([9, 9, 9])
    assert len(firings([*seen, *seen, Point(240, 9, 1)], condition())) == 1


def test_a_clock_that_jumps_ahead_holds_for_no_longer_than_was_seen():
    assert firings([Point(60, 9, 1), Point(86_400, 9, 1)], condition(hold=2)) == []


def test_a_restart_in_the_middle_changes_nothing():
    values = [9, 9, 9, 1, 9, 9, None, 1, 1, 1, 9]
    told, standing = [], Standing()
    for point in points(values):
        standing, change = follow(Standing.read(standing.stored()), point, condition())
        told += [change] if change in (Change.FIRED, Change.RECOVERED) else []
    assert told == [Change.FIRED, Change.RECOVERED]


@pytest.mark.parametrize("size", [1, 2, 7, 20])
def test_windows_say_what_their_merged_cells_say(size, monkeypatch):
    monkeypatch.setattr(measures, "AT_ONCE", 4)
    many = [[0.1 * number, 3.0, 0.0][: number % 4] for number in range(20)]
    cells = [Cell(len(values), sum(values), Sketch.of(values)) for values in many]
    runs = [merged(cells[start : start + size]) for start in range(len(cells) - size + 1)]
    windows = measures.Windows(FIGURES["answer_seconds"], size, size, least=1)
    for measure, share in measures.QUANTILES.items():
        assert windows.values(measure, cells) == [(run.quantile(share), run.count) for run in runs]
    means = [value for value, _ in windows.values(Measure.MEAN, cells)]
    assert means == pytest.approx([run.mean for run in runs])
    assert windows.values(Measure.P95, cells[: size - 1]) == []


def test_too_few_observations_say_nothing():
    windows = measures.Windows(FIGURES["answer_seconds"], 1, 1, least=3)
    cells = [Cell(2, 18.0, Sketch.of([9.0, 9.0])), Cell(3, 27.0, Sketch.of([9.0] * 3))]
    assert [value and round(value) for value, _ in windows.values(Measure.P95, cells)] == [None, 9]
