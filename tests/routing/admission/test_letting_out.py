"""The dispatcher's part: grants, turns to choose again, and what was lost."""

from routing import admission
from routing.admission import Need, Tier
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import dispatch, goes, in_line, level, waits

SLOW = Tier("t1", requests=60, burst_seconds=1)
LARGE, SMALL = Need(50_000, 10), Need(10, 10)


async def test_grants_go_out_in_order_as_many_as_there_is_room_for(clock: Clock) -> None:
    tier = Tier("t1", requests=600, burst_seconds=1)
    for turn in range(1, 11):
        await goes(tier, turn)
    for turn in range(11, 31):
        await waits(tier, turn)
    clock.go(0.75)
    found = await dispatch(tier)
    assert found.granted == list(range(11, 18))
    assert found.next_due is not None
    assert 0.04 < found.next_due < 0.06
    for turn in found.granted:
        await goes(tier, turn)
    assert await in_line(tier) == list(range(18, 31))


async def test_a_large_turn_at_the_head_is_not_overtaken_and_goes_when_the_bucket_is_full(clock: Clock) -> None:
    tier = Tier("t1", input_tokens=60_000, burst_seconds=2)
    await goes(tier, 1, need=Need(2000, 10))
    await waits(tier, 2, need=LARGE)
    await waits(tier, 3, need=SMALL)
    clock.go(1.5)
    assert (await dispatch(tier)).granted == []
    clock.go(0.6)
    assert (await dispatch(tier)).granted == [2]
    await goes(tier, 2)
    assert await level(tier, "input_tokens") == -48_000
    clock.go(47)
    assert (await dispatch(tier)).granted == []
    clock.go(1.02)
    assert (await dispatch(tier)).granted == [3]


async def test_a_grant_that_nobody_uses_goes_back_to_its_place_and_out_again(clock: Clock) -> None:
    await goes(SLOW, 1)
    for turn in (2, 3, 4):
        await waits(SLOW, turn)
    clock.go(1)
    assert (await dispatch(SLOW)).granted == [2]
    clock.go(14)
    assert (await dispatch(SLOW)).granted == [3]
    clock.go(1.1)
    assert (await dispatch(SLOW)).granted == [2]
    assert await in_line(SLOW) == [4]
    await goes(SLOW, 2)


async def test_a_granted_turn_that_is_cancelled_makes_room_for_the_next(clock: Clock, book: dict[str, Tier]) -> None:
    book["t1"] = SLOW
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    await waits(SLOW, 3)
    clock.go(1)
    await dispatch(SLOW)
    await admission.wait_for_work(0)
    await admission.leave("t1", 2)
    assert await admission.wait_for_work(0) == {"t1"}
    assert (await dispatch(SLOW)).granted == [3]


async def test_a_turn_is_handed_out_to_choose_again_and_keeps_its_place(clock: Clock) -> None:
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    await waits(SLOW, 3, recheck_after=0.5)
    first = await dispatch(SLOW)
    assert first.recheck == []
    assert first.next_due is not None
    assert first.next_due <= 0.5
    clock.go(0.6)
    assert (await dispatch(SLOW)).recheck == [3]
    assert (await dispatch(SLOW)).recheck == []
    assert await in_line(SLOW) == [2, 3]


async def test_a_held_turn_stands_in_no_line_and_is_handed_out_in_time(clock: Clock) -> None:
    await admission.hold(SLOW, 5, 10)
    assert await in_line(SLOW) == []
    assert await admission.entered("t1", [5]) == set()  # there is no such tier in the book: nobody waits there
    clock.go(9.9)
    assert (await dispatch(SLOW)).recheck == []
    clock.go(0.2)
    assert (await dispatch(SLOW)).recheck == []  # what that question cleared away


async def test_a_held_turn_is_handed_out_again_until_somebody_takes_it(clock: Clock, book: dict[str, Tier]) -> None:
    book["t1"] = SLOW
    await admission.hold(SLOW, 5, 10)
    assert await admission.entered("t1", [5, 6]) == {5}
    clock.go(10.1)
    found = await dispatch(SLOW)
    assert (found.recheck, found.next_due) == ([5], 15.0)
    clock.go(15.1)
    assert (await dispatch(SLOW)).recheck == [5]
    await goes(SLOW, 5)
    clock.go(60)
    assert (await dispatch(SLOW)).recheck == []


async def test_holding_takes_a_turn_out_of_the_line(clock: Clock) -> None:
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    await waits(SLOW, 3)
    await admission.hold(SLOW, 2, 5)
    assert await in_line(SLOW) == [3]


async def test_everybody_with_a_part_in_the_line_is_known(clock: Clock, book: dict[str, Tier]) -> None:
    book["t1"] = SLOW
    await goes(SLOW, 1)
    for turn in (2, 3):
        await waits(SLOW, turn)
    await admission.hold(SLOW, 4, 5)
    clock.go(1)
    assert (await dispatch(SLOW)).granted == [2]
    assert await admission.entered("t1", range(1, 7)) == {1, 2, 3, 4}


async def test_the_bell_names_each_tier_once_however_often_it_rings() -> None:
    for key in ("t1", "t2", "t1", "m7", "t1"):
        await admission.ring(key)
    assert await admission.wait_for_work(1) == {"t1", "t2", "m7"}
    assert await admission.wait_for_work(0.02) == set()


async def test_the_bell_rings_for_the_first_in_line_and_not_for_every_other(clock: Clock) -> None:
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    assert await admission.wait_for_work(0) == {"t1"}
    await waits(SLOW, 3)
    await waits(SLOW, 4)
    assert await admission.wait_for_work(0) == set()
    await waits(SLOW, 5, since=0.5)  # with a head start
    assert await admission.wait_for_work(0) == {"t1"}


async def test_a_spike_of_thousands_is_let_out_in_steps(clock: Clock) -> None:
    few, many = Tier("t1", requests=1), Tier("t1", requests=1_000_000_000)
    await goes(few, 0)
    for turn in range(1, 701):
        await waits(few, turn)
    out: list[int] = []
    clock.go(1)
    while (found := await dispatch(many)).granted:
        out += found.granted
        assert found.next_due == 0 or len(out) == 700
    assert out == list(range(1, 701))
