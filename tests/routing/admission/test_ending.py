"""What becomes of a running turn: usage settled, unknown, or refused by the vendor; and what its headers say."""

import pytest

from routing import admission
from routing.admission import Need, Tier
from routing.providers.limits import Quota, VendorLimits
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import dispatch, goes, in_line, level, waits

TIER = Tier("t1", input_tokens=60_000, output_tokens=60_000, tokens=120_000, burst_seconds=10)
SLOW = Tier("t1", requests=60, burst_seconds=1)


async def levels(tier: Tier) -> tuple[float, float, float]:
    return await level(tier, "input_tokens"), await level(tier, "output_tokens"), await level(tier, "tokens")


async def test_what_was_reserved_becomes_what_was_used(clock: Clock) -> None:
    held = await goes(TIER, 1, need=Need(1000, 400))
    assert (held.input_tokens, held.output_tokens) == (1000, 200)
    assert await levels(TIER) == (9000, 9800, 18_800)
    await admission.settle(TIER, 1, usage=(1500, 500, 100), seconds=1)
    assert await levels(TIER) == (8500, 9900, 18_400)


async def test_cached_input_is_free_where_the_vendor_says_so(clock: Clock) -> None:
    tier = Tier("t1", input_tokens=60_000, burst_seconds=10, cached_is_free=True)
    await goes(tier, 1)
    await admission.settle(tier, 1, usage=(1000, 900, 100), seconds=1)
    assert await level(tier, "input_tokens") == 9900


async def test_the_limit_of_the_answer_stays_spent_where_the_vendor_counts_it(clock: Clock) -> None:
    tier = Tier("t1", tokens=60_000, burst_seconds=10, reserve_most=True)
    assert (await goes(tier, 1, need=Need(1000, 400))).output_tokens == 400
    await admission.settle(tier, 1, usage=(700, 0, 20), seconds=1)
    assert await level(tier, "tokens") == 10_000 - 700 - 400


async def test_later_reservations_follow_what_answers_took(clock: Clock) -> None:
    await goes(TIER, 1, need=Need(1000, 400))
    await admission.settle(TIER, 1, usage=(800, 0, 100), seconds=1)
    held = await goes(TIER, 2, need=Need(1000, 400))
    assert held.input_tokens == pytest.approx(800)
    assert held.output_tokens == pytest.approx(130)
    assert (await goes(TIER, 3, need=Need(1000, 50))).output_tokens == 50


async def test_without_usage_the_reservation_stands(clock: Clock) -> None:
    for turn in (1, 2):
        await goes(TIER, turn)
    await admission.settle(TIER, 1, usage=None, seconds=1)
    await admission.abandon(TIER, 2)
    assert await levels(TIER) == (8000, 9600, 17_600)
    (standing,) = await admission.standing([TIER])
    assert (standing.running, standing.mean_output, standing.mean_seconds) == (0, None, 1.0)


async def test_a_turn_is_settled_once(clock: Clock) -> None:
    await goes(TIER, 1)
    for _ in range(3):
        await admission.settle(TIER, 1, usage=(100, 0, 100), seconds=1)
    await admission.abandon(TIER, 1)
    assert await levels(TIER) == (9900, 9900, 19_800)


async def test_usage_that_no_model_has_does_not_break_the_tier(clock: Clock) -> None:
    await goes(TIER, 1)
    await admission.settle(TIER, 1, usage=(-10, -5, 10**40), seconds=-3)
    assert await level(TIER, "output_tokens") == 10_000 - 10**8
    assert (await waits(TIER, 2)).seconds == pytest.approx(10**5, rel=0.01)


async def test_a_refusal_gives_back_and_blocks_for_as_long_as_the_vendor_asks(clock: Clock) -> None:
    await goes(SLOW, 1)
    await admission.refused(SLOW, 1, 3600)
    assert await level(SLOW) == 1
    found = await waits(SLOW, 2)
    assert found.seconds == pytest.approx(3600)
    clock.go(3599)
    assert (await dispatch(SLOW)).granted == []
    clock.go(1.01)
    assert (await dispatch(SLOW)).granted == [2]


@pytest.mark.parametrize("asked", [1e9, float("inf"), float("nan"), -5, 0])
async def test_a_wait_that_cannot_be_meant_is_bounded(clock: Clock, asked: float) -> None:
    await goes(SLOW, 1)
    await admission.refused(SLOW, 1, asked)
    (standing,) = await admission.standing([SLOW])
    assert 1 <= standing.blocked_seconds <= 3600


async def test_without_a_wait_from_the_vendor_it_doubles_up_to_a_minute(clock: Clock) -> None:
    blocks = []
    for turn in range(1, 10):
        await goes(SLOW, turn)
        await admission.refused(SLOW, turn, None)
        (standing,) = await admission.standing([SLOW])
        blocks.append(standing.blocked_seconds)
        clock.go(standing.blocked_seconds + 0.01)
    for strike, block in enumerate(blocks):
        assert min(2**strike, 60) <= block + 1e-6 <= min(2**strike * 1.5, 60) + 1e-3
    assert standing.refused_last_hour == 9


async def test_an_answer_ends_the_doubling(clock: Clock) -> None:
    for turn in (1, 2, 3):
        await goes(SLOW, turn)
        await admission.refused(SLOW, turn, None)
        clock.go(10)
    await goes(SLOW, 4)
    await admission.settle(SLOW, 4, usage=None, seconds=1)
    clock.go(10)
    await goes(SLOW, 5)
    await admission.refused(SLOW, 5, None)
    (standing,) = await admission.standing([SLOW])
    assert standing.blocked_seconds <= 1.5


async def test_each_refusal_slows_the_pace_and_time_brings_it_back(clock: Clock) -> None:
    await goes(SLOW, 1)
    await admission.refused(SLOW, 1, 0.5)
    (standing,) = await admission.standing([SLOW])
    assert standing.pace == pytest.approx(0.8)
    clock.go(5)
    (standing,) = await admission.standing([SLOW])
    assert standing.pace == pytest.approx(0.9)
    for turn in range(2, 40):
        await goes(SLOW, turn)
        await admission.refused(SLOW, turn, 0.1)
        clock.go(0.2)
    (standing,) = await admission.standing([SLOW])
    assert 0.1 <= standing.pace <= 0.11
    clock.go(50)
    (standing,) = await admission.standing([SLOW])
    assert standing.pace == 1


async def test_a_slowed_pace_refills_more_slowly(clock: Clock) -> None:
    await goes(SLOW, 1)
    await admission.refused(SLOW, 1, 0.1)
    clock.go(0.2)
    await goes(SLOW, 2)
    await waits(SLOW, 3)
    clock.go(1)  # 0.804 of the pace, and 0.01 for its growth
    assert await level(SLOW) == pytest.approx(0.814, abs=0.001)


async def test_those_that_were_under_way_together_count_once(clock: Clock) -> None:
    tier = Tier("t1", requests=6000)
    for turn in range(1, 51):
        await goes(tier, turn)
    clock.go(0.1)
    for turn in range(1, 51):
        await admission.refused(tier, turn, None)
    (standing,) = await admission.standing([tier])
    assert standing.pace == pytest.approx(0.8)
    assert standing.blocked_seconds <= 1.5
    assert standing.refused_last_hour == 50


async def test_a_model_without_a_tier_is_blocked_by_a_refusal(clock: Clock) -> None:
    free = Tier("m7")
    for turn in range(1, 200):
        await goes(free, turn)
    await admission.refused(free, 1, 5)
    await waits(free, 200)
    clock.go(5.1)
    assert (await dispatch(free)).granted == [200]


async def test_a_grant_waits_when_the_vendor_refused_another_one_since(clock: Clock) -> None:
    tier = Tier("t1", requests=120, burst_seconds=1)
    for turn in (1, 2):
        await goes(tier, turn)
    for turn in (3, 4):
        await waits(tier, turn)
    clock.go(1)
    assert (await dispatch(tier)).granted == [3, 4]
    await admission.refused(tier, 1, 30)
    assert (await waits(tier, 3)).place == 0
    assert await in_line(tier) == [3]
    assert await level(tier) == 2  # what the other one still holds was made good by the refused one


async def test_the_headers_correct_a_level_downwards_only(clock: Clock) -> None:
    tier = Tier("t1", requests=600, input_tokens=600_000, burst_seconds=10)
    await goes(tier, 1)
    clock.go(20)
    said = VendorLimits(requests=Quota(50, 7, 1.0), input_tokens=Quota(10**6, 900_000, 0.0))
    await admission.told(tier, said)
    assert await level(tier) == pytest.approx(7)
    assert await level(tier, "input_tokens") == 100_000
    (standing,) = await admission.standing([tier])
    assert standing.vendor == {"requests": 50, "input_tokens": 10**6}


async def test_what_is_on_its_way_to_the_vendor_is_taken_off_what_its_headers_say(clock: Clock) -> None:
    tier = Tier("t1", requests=600, burst_seconds=10)
    for turn in range(1, 11):
        await goes(tier, turn)
    await admission.told(tier, VendorLimits(requests=Quota(600, 40, None)))
    assert await level(tier) == 30
    clock.go(10)
    await admission.told(tier, VendorLimits(requests=Quota(600, 40, None)))
    assert await level(tier) == pytest.approx(40, abs=0.01)


async def test_headers_that_say_nothing_change_nothing(clock: Clock) -> None:
    await admission.told(SLOW, VendorLimits())
    await admission.told(SLOW, VendorLimits(tokens=Quota(5, -3, None)))
    assert await level(SLOW) == 1


async def test_a_refund_that_a_full_bucket_could_not_hold_goes_to_those_who_wait(clock: Clock) -> None:
    tier = Tier("t1", output_tokens=60_000, burst_seconds=1)
    for turn in (1, 2):
        need = Need(10, 2000)
        assert isinstance(await admission.admit(tier, turn, need, since=turn), admission.Admitted) == (turn == 1)
    clock.go(0.9)
    await admission.settle(tier, 1, usage=(10, 0, 200), seconds=1)
    assert await level(tier, "output_tokens") == pytest.approx(900 + 800)
