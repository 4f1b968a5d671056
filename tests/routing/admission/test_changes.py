"""A tier that is changed in the middle, a Redis that is restarted or emptied, and clocks that jump."""

import dataclasses

import pytest
import redis as redis_client

from routing import admission
from routing.admission import Need, Tier, scripts
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import dispatch, goes, in_line, level, line, waits

SLOW = Tier("t1", requests=60, burst_seconds=1)


async def test_a_raised_limit_works_in_the_middle_of_a_line(clock: Clock) -> None:
    await goes(SLOW, 1)
    for turn in range(2, 102):
        await waits(SLOW, turn)
    found = await dispatch(SLOW)
    assert found.next_due is not None
    assert found.next_due <= 2  # so that it is seen at all
    fast = dataclasses.replace(SLOW, requests=6000)
    assert (await line(fast))[-1].seconds == pytest.approx(1)
    clock.go(0.5)
    assert len((await dispatch(fast)).granted) == 50


async def test_a_lowered_limit_clips_the_level(clock: Clock) -> None:
    fast = dataclasses.replace(SLOW, requests=6000)
    await goes(fast, 1)
    assert await level(fast) == 99
    await goes(SLOW, 2)
    await waits(SLOW, 3)


async def test_a_new_limit_begins_full_and_so_does_one_that_was_taken_away(clock: Clock) -> None:
    tokens = dataclasses.replace(SLOW, requests=None, input_tokens=60_000)
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    assert await level(tokens, "input_tokens") == 1000
    await goes(tokens, 2)
    assert await level(SLOW) == 1


async def test_the_line_is_let_out_when_every_limit_is_taken_away(clock: Clock) -> None:
    await goes(SLOW, 1)
    for turn in range(2, 20):
        await waits(SLOW, turn)
    assert (await dispatch(Tier("t1"))).granted == list(range(2, 20))


async def test_nobody_waits_in_the_line_of_a_tier_that_was_deleted(
    clock: Clock, book: dict[str, Tier], redis_clean: "redis_client.Redis"
) -> None:
    book["t1"] = SLOW
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    assert await admission.entered("t1", [1, 2]) == {1, 2}
    del book["t1"]
    assert await admission.entered("t1", [1, 2]) == set()
    assert not redis_clean.keys("*t1*")


async def test_everything_begins_anew_after_redis_was_emptied(clock: Clock, redis_clean: "redis_client.Redis") -> None:
    await goes(SLOW, 1)
    await waits(SLOW, 2)
    redis_clean.flushdb()
    clock.go(0.01)
    await admission.settle(SLOW, 1, usage=(1, 1, 1), seconds=1)
    await admission.abandon(SLOW, 1)
    await admission.leave("t1", 2)
    assert await line(SLOW) == []
    assert (await dispatch(SLOW)).granted == []
    await goes(SLOW, 2)


async def test_scripts_that_redis_forgot_are_given_to_it_again(redis_clean: "redis_client.Redis") -> None:
    await goes(SLOW, 1)
    redis_clean.script_flush()
    await waits(SLOW, 2)
    redis_clean.script_flush()
    await admission.standing([SLOW])


async def test_a_clock_that_is_set_back_drains_nothing_and_stops_nothing(clock: Clock) -> None:
    tier = Tier("t1", requests=60, burst_seconds=1, concurrency=2)
    await goes(tier, 1)
    await goes(dataclasses.replace(tier, requests=None), 3)
    await admission.refused(tier, 3, 5)
    await waits(tier, 2, recheck_after=30)
    clock.go(-3600)
    (standing,) = await admission.standing([tier])
    assert standing.blocked_seconds == pytest.approx(5)
    await dispatch(tier)
    clock.go(5.1)
    assert (await dispatch(tier)).granted == [2]
    clock.go(1.5)
    (standing,) = await admission.standing([tier])
    assert standing.running == 0  # what nobody renewed is not kept for an hour


async def test_a_clock_that_jumps_ahead_loses_nobody(clock: Clock) -> None:
    await goes(SLOW, 1)
    for turn in (2, 3):
        await waits(SLOW, turn)
    clock.go(1)
    assert (await dispatch(SLOW)).granted == [2]
    clock.go(86_400)
    assert (await dispatch(SLOW)).granted == [2]
    assert await in_line(SLOW) == [3]


async def test_enormous_numbers_are_exact(clock: Clock) -> None:
    most = 1_000_000_000
    tier = Tier("t1", most, most, most, most, 100_000, burst_seconds=60)
    for turn in range(1, 101):
        await goes(tier, turn, since=1e9 + turn, need=Need(1, 2))
    assert await level(tier, "tokens") == most - 200
    assert await level(tier) == most - 100


async def test_sums_of_the_line_are_right_after_much_coming_and_going(
    clock: Clock, book: dict[str, Tier], redis_clean: "redis_client.Redis"
) -> None:
    book["t1"] = SLOW
    await goes(SLOW, 1)
    for turn in range(2, 40):
        await waits(SLOW, turn, need=Need(turn, 2 * turn))
    for turn in range(2, 40, 3):
        await admission.leave("t1", turn)
        await waits(SLOW, turn + 1, need=Need(5, 5))
    clock.go(1)
    await dispatch(SLOW)
    state, _, needs = scripts.keys("t1")[:3]
    kept = [need.split() for need in redis_clean.hgetall(needs).values()]
    sums = [sum(float(need[which]) for need in kept) for which in (0, 1)]
    assert [float(redis_clean.hget(state, f"waiting:{name}") or 0) for name in ("input", "output")] == sums
