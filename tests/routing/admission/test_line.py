"""The line: who goes, who waits, where and how long."""

import pytest

from routing import admission
from routing.admission import Need, Tier
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import goes, in_line, line, waits

SLOW = Tier("t1", requests=60, burst_seconds=1)  # one at once, then one a second


async def test_a_turn_goes_at_once_while_there_is_room_and_waits_after_that(clock: Clock) -> None:
    await goes(SLOW, 1)
    second, third = await waits(SLOW, 2), await waits(SLOW, 3)
    assert (second.place, third.place) == (0, 1)
    assert second.seconds == pytest.approx(1)
    assert third.seconds == pytest.approx(2)


async def test_places_go_by_the_time_of_acceptance_and_ties_by_number(clock: Clock) -> None:
    await goes(SLOW, 1)
    for turn, since in ((9, 50.0), (10, 50.0), (2, 70.0), (30, 10.5), (100, 50.0)):
        await waits(SLOW, turn, since)
    assert await in_line(SLOW) == [30, 9, 10, 100, 2]


async def test_nobody_overtakes_those_who_wait_even_when_there_is_room(clock: Clock) -> None:
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    clock.go(30)
    assert (await waits(SLOW, 3)).place == 1
    await goes(SLOW, 2)


async def test_the_first_in_line_may_go_by_itself_when_it_asks_again(clock: Clock) -> None:
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    clock.go(1)
    await goes(SLOW, 2)
    assert await in_line(SLOW) == []


async def test_entering_again_changes_the_need_but_not_the_place(clock: Clock) -> None:
    tier = Tier("t1", input_tokens=60_000, burst_seconds=1)
    await goes(tier, 1)
    await waits(tier, 2, need=Need(500, 10))
    await waits(tier, 3, need=Need(500, 10))
    again = await waits(tier, 2, since=99.0, need=Need(1000, 10))
    assert (again.place, again.entered) == (0, True)
    assert again.seconds == pytest.approx(1)
    assert await in_line(tier) == [2, 3]


async def test_asking_only_leaves_no_trace(clock: Clock) -> None:
    await goes(SLOW, 1)
    found = await waits(SLOW, 2, join=False)
    assert not found.entered
    assert await in_line(SLOW) == []


async def test_patience_keeps_a_turn_out_of_a_long_line(clock: Clock) -> None:
    await goes(SLOW, 1)
    for turn in range(2, 6):
        await waits(SLOW, turn)
    impatient = await waits(SLOW, 6, patience=4.5)
    assert (impatient.place, impatient.entered) == (4, False)
    assert (await waits(SLOW, 7, patience=5.5)).entered
    assert await in_line(SLOW) == [2, 3, 4, 5, 7]


async def test_who_leaves_in_the_middle_leaves_no_hole(clock: Clock, book: dict[str, Tier]) -> None:
    book["t1"] = SLOW
    await goes(SLOW, 1)
    for turn in range(2, 8):
        await waits(SLOW, turn)
    for turn in (2, 5, 5, 99):
        await admission.leave("t1", turn)
    assert await in_line(SLOW) == [3, 4, 6, 7]
    seconds = [place.seconds for place in await line(SLOW)]
    assert seconds == pytest.approx([1, 2, 3, 4])


async def test_leaving_does_not_touch_a_running_turn(clock: Clock, book: dict[str, Tier]) -> None:
    tier = book["t1"] = Tier("t1", concurrency=1)
    await goes(tier, 1)
    await admission.leave("t1", 1)
    await waits(tier, 2)


async def test_the_estimate_on_entering_is_that_of_the_whole_line(clock: Clock) -> None:
    tier = Tier("t1", requests=90, input_tokens=70_000, output_tokens=9_000, tokens=75_000, concurrency=9)
    await goes(tier, 1)
    await admission.settle(tier, 1, usage=(800, 0, 150), seconds=3.0)
    clock.go(1)
    await goes(tier, 2)
    await admission.refused(tier, 2, 7.5)
    for turn in range(3, 40):
        found = await waits(tier, turn, need=Need(900, 350))
        last = (await line(tier))[-1]
        assert found.seconds == pytest.approx(last.seconds)
        (standing,) = await admission.standing([tier])
        assert standing.empty_in == pytest.approx(last.seconds)
    assert found.seconds is not None
    assert found.seconds > 40


async def test_nothing_is_promised_where_nothing_is_known(clock: Clock) -> None:
    tier = Tier("t1", concurrency=1)
    await goes(tier, 1)
    assert (await waits(tier, 2)).seconds is None
    await admission.settle(tier, 1, usage=None, seconds=4.0)
    await goes(tier, 2)
    assert (await waits(tier, 3)).seconds == pytest.approx(4)


async def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no time"):
        await admission.admit(SLOW, 1, Need(1, 1), since=float("nan"))


async def test_absurd_needs_are_taken_for_the_largest_and_smallest(clock: Clock) -> None:
    tier = Tier("t1", tokens=1_000_000_000, input_tokens=1_000_000_000, requests=1_000_000_000)
    await goes(tier, 1, need=Need(-5, -5))
    await goes(tier, 2, need=Need(10**30, 10**30))
    found = await waits(tier, 3)
    assert found.seconds == pytest.approx((1.5e9 - 2e9 / 60 + 1200) / 1e9 * 60, rel=1e-3)
