"""What recovery takes up, and what it leaves alone."""

import django_rq
import pytest
from rq.job import Job as RQJob

from conversations.delivery import eventlog
from conversations.models import Turn, TurnState
from conversations.turns import recover
from conversations.turns.claim import claim
from conversations.turns.lease import worker_lease
from conversations.turns.run import run_turn
from routing.models import RateTier
from tests.seed import CLAUDE
from workers.leases import KEYS

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = "2026-01-01T00:00Z"


async def put(turn, **columns):
    await Turn.objects.filter(pk=turn).aupdate(**columns)


async def state(turn):
    found = await Turn.objects.aget(pk=turn)
    return found.state, found.attempt, found.error


@pytest.fixture
def dead(say, settings):
    """A turn that died with its worker so often."""
    settings.MAX_ATTEMPTS = 4

    async def make(attempts, **columns):
        turn = (await say("Hello")).turn
        await put(turn, state=TurnState.RUNNING, owner="dead", attempt=attempts, **columns)
        return turn

    return make


@pytest.fixture
async def tier(db):
    """A tier of one turn at once."""
    from routing.models import Model, Provider

    provider = await Provider.objects.acreate(name="Anthropic", vendor="anthropic")
    model = await Model.objects.acreate(provider=provider, name=CLAUDE)
    return await RateTier.objects.acreate(provider=provider, model=model, concurrency=1)


async def test_attempts_that_ended_in_a_line_are_no_failures(dead):
    turn, worn_out = await dead(6, parks=4), await dead(6, parks=2)
    await recover.reap()
    assert await state(turn) == ("queued", 6, "worker_lost")
    assert await state(worn_out) == ("failed", 6, "attempts")


async def test_a_dead_turn_that_was_stopped_is_cancelled_and_its_clients_told(dead):
    turn = await dead(1, stopped_at=LONG_AGO)
    await recover.reap()
    assert (await state(turn))[0] == TurnState.CANCELLED
    page = await eventlog.read((await Turn.objects.aget(pk=turn)).conversation_id, "")
    assert '"cancelled"' in page.events[-1][1]


async def test_turns_with_one_attempt_left_get_it_one_by_one(dead, queued):
    first, second, third = await dead(3), await dead(3), await dead(1)
    assert await recover.reap() == 1
    assert (await state(third))[0] == TurnState.QUEUED
    assert await recover.one_last_chance() == 1
    assert await recover.one_last_chance() == 0, "the first has not ended"
    assert f"turn-{first}-3" in queued()
    await claim(first, "worker")
    assert await recover.one_last_chance() == 0, "it has it now"
    await recover.reap()
    assert (await state(first))[0] == TurnState.FAILED, "it was alone, so it is the one"
    assert await recover.one_last_chance() == 1
    assert (await state(second))[0] == TurnState.QUEUED


async def test_a_turn_in_a_workers_name_that_it_does_not_carry_is_taken_from_it(say):
    forgotten, young, carried = [(await say("Hello")).turn for _ in range(3)]
    async with worker_lease().turn(carried) as owner:
        for turn in (forgotten, young, carried):
            await claim(turn, owner)
        await put(forgotten, started_at=LONG_AGO)
        await put(carried, started_at=LONG_AGO)
        assert await recover.disown() == 1
        await recover.reap()
        assert [(await state(turn))[0] for turn in (forgotten, young, carried)] == ["queued", "running", "running"]


async def test_a_job_for_a_turn_that_no_longer_exists_ends_quietly(db):
    async with worker_lease().held():
        assert await run_turn(2**40) is None


async def waits(say):
    turn = (await say("Hello")).turn
    await put(turn, queued_at=LONG_AGO)
    return turn


async def test_a_turn_whose_job_waits_or_is_leased_is_left_alone(say, redis_clean):
    waiting, begun = await waits(say), await waits(say)
    redis_clean.hset(f"rq:job:turn-{begun}-0", "status", "started")
    redis_clean.lrem("rq:queue:turns", 1, f"turn-{begun}-0")
    redis_clean.zadd(KEYS[0], {f"turn-{begun}-0": 1})
    assert await recover.sweep() == 0
    redis_clean.zrem(KEYS[0], f"turn-{begun}-0")
    assert await recover.sweep() == 1, "its worker died before it took the turn"
    redis_clean.delete("rq:queue:turns")
    assert await recover.sweep() == 2, "a worker of RQ's own took the jobs off the list and died"
    assert (await state(waiting))[1] == 0


async def test_a_job_that_rq_gave_up_counts_as_an_attempt_and_the_turn_has_another(say, queued, redis_clean, settings):
    settings.MAX_ATTEMPTS = 4
    turn = await waits(say)
    job = RQJob.fetch(f"turn-{turn}-0", connection=redis_clean, serializer=django_rq.get_queue("turns").serializer)
    job.set_status("failed")
    redis_clean.lrem("rq:queue:turns", 1, job.id)
    redis_clean.hset(job.key, "workers_lost", 5)
    await recover.sweep()
    await recover.reap()
    assert await state(turn) == ("queued", 1, "worker_lost")
    assert queued() == [f"turn-{turn}-1"]


async def parked(say, tier):
    turn = (await say("Hello")).turn
    await put(turn, parked_at=LONG_AGO, parked_in=f"t{tier.pk}", attempt=1, parks=1)
    return turn


async def test_a_parked_turn_is_enqueued_when_its_tier_forgot_it_and_only_then(say, tier, queued, redis_clean):
    from routing.admission import Need, admit, all_tiers

    first, second = await parked(say, tier), await parked(say, tier)
    redis_clean.flushdb()
    [limits] = [found for found in await all_tiers() if found.key == f"t{tier.pk}"]
    for turn in (first, second):
        await admit(limits, turn, Need(10, 10), since=1.0)
    sweeper = recover.ParkedSweeper()
    assert await sweeper.sweep() == 0
    redis_clean.flushdb()
    assert await sweeper.sweep() == 2
    assert sorted(queued()) == [f"turn-{first}-1", f"turn-{second}-1"]
    assert await sweeper.sweep() == 0, "they have jobs now"


async def test_all_parked_turns_are_found_at_once_when_redis_was_emptied(say, tier, monkeypatch, redis_clean):
    monkeypatch.setattr(recover, "BATCH", 2)
    turns = [await parked(say, tier) for _ in range(5)]
    redis_clean.flushdb()
    assert await recover.ParkedSweeper().sweep() == len(turns)
