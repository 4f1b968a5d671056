"""Running turns: never more than may run at once, and none that holds its place after its process is gone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis as redis_client

from routing import admission
from routing.admission import Tier, scripts
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import dispatch, goes, in_line, waits

TWO = Tier("t1", concurrency=2)


@contextmanager
def another_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pid = os.getpid()
    with monkeypatch.context() as patch:
        patch.setattr(scripts.os, "getpid", lambda: pid + 1)
        yield


async def test_no_more_run_or_are_granted_than_may(clock: Clock) -> None:
    await goes(TWO, 1)
    await goes(TWO, 2)
    for turn in (3, 4, 5):
        await waits(TWO, turn)
    assert (await dispatch(TWO)).granted == []
    await admission.wait_for_work(0)
    await admission.settle(TWO, 1, usage=None, seconds=1)
    assert await admission.wait_for_work(0) == {"t1"}
    assert (await dispatch(TWO)).granted == [3]
    assert (await dispatch(TWO)).granted == []
    await goes(TWO, 3)
    assert (await dispatch(TWO)).granted == []


async def test_a_turn_whose_process_is_gone_frees_its_place_in_seconds(clock: Clock) -> None:
    await goes(TWO, 1)
    await goes(TWO, 2)
    await waits(TWO, 3)
    clock.go(4)
    admission.running().remove(TWO, 2)
    await admission.running().beat()
    clock.go(2.5)
    assert (await dispatch(TWO)).granted == [3]
    assert await in_line(TWO) == []
    await goes(TWO, 1)  # renewed, so still running: a reply that was lost is given again


async def test_running_turns_are_entered_again_after_redis_was_emptied(
    clock: Clock, redis_clean: "redis_client.Redis"
) -> None:
    await goes(TWO, 1)
    await goes(TWO, 2)
    redis_clean.flushdb()
    clock.go(0.01)
    await admission.running().beat()
    assert (await waits(TWO, 3)).place == 0
    await admission.settle(TWO, 1, usage=(10, 0, 10), seconds=1)
    assert (await dispatch(TWO)).granted == [3]


async def test_a_turn_that_ends_while_it_is_renewed_does_not_come_back(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await goes(TWO, 1)
    run = scripts.run_for_each

    async def late(name: str, *words: object) -> object:
        if name == "beat":
            await admission.settle(TWO, 1, usage=None, seconds=1)
        return await run(name, *words)

    monkeypatch.setattr(scripts, "run_for_each", late)
    await admission.running().beat()
    (standing,) = await admission.standing([TWO])
    assert standing.running == 0


async def test_an_attempt_that_wakes_up_late_does_not_end_the_next_one(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Tier("t1", concurrency=1)
    with another_process(monkeypatch):
        await goes(one, 1)
    clock.go(7)
    await goes(one, 1)  # the second attempt, here
    with another_process(monkeypatch):
        await admission.settle(one, 1, usage=(1, 0, 1), seconds=9)
        await admission.abandon(one, 1)
        await admission.running().beat()
    await waits(one, 2)


async def test_the_reaper_of_another_process_may_end_what_nobody_renews(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Tier("t1", concurrency=1)
    with another_process(monkeypatch):
        await goes(one, 1)
    clock.go(4)
    await admission.abandon(one, 1)
    await goes(one, 2)


async def test_the_next_attempt_takes_over_from_one_that_is_no_more(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Tier("t1", requests=600, burst_seconds=1, concurrency=1)
    with another_process(monkeypatch):
        await goes(one, 1)
    await goes(one, 1)
    (standing,) = await admission.standing([one])
    assert standing.running == 1
    assert standing.uses["requests"].level == 8  # the first may have been counted


async def test_a_lost_reply_does_not_reserve_twice(clock: Clock) -> None:
    tier = Tier("t1", requests=600, burst_seconds=1)
    for _ in range(3):
        await goes(tier, 1)
    (standing,) = await admission.standing([tier])
    assert standing.uses["requests"].level == 9


async def test_the_heart_beats_by_itself_while_turns_run(redis_clean: "redis_client.Redis") -> None:
    await goes(TWO, 1)
    heart = admission.running()._beating
    assert heart is not None
    assert not heart.done()
    await admission.settle(TWO, 1, usage=None, seconds=0.1)
    await heart  # ends when there is nothing to renew


async def test_a_place_that_frees_while_the_limits_have_no_room_is_not_forgotten(clock: Clock) -> None:
    tier = Tier("t1", requests=60, burst_seconds=1, concurrency=1)
    await goes(tier, 1)
    await waits(tier, 2)
    await admission.wait_for_work(0)
    await dispatch(tier)
    await admission.settle(tier, 1, usage=None, seconds=1)
    assert await admission.wait_for_work(0) == {"t1"}


async def test_an_attempt_that_wakes_up_late_does_not_take_a_waiting_turn_for_running(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, redis_clean: "redis_client.Redis"
) -> None:
    await goes(TWO, 1)
    redis_clean.flushdb()
    clock.go(0.01)
    for turn in (7, 8):
        await goes(TWO, turn)
    with another_process(monkeypatch):
        await waits(TWO, 1)
    await admission.running().beat()
    (standing,) = await admission.standing([TWO])
    assert (standing.waiting, standing.running) == (1, 2)
