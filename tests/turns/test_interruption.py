"""A turn whose worker is asked to end, or can no longer hold its lease, goes back to the queue at once."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from psycopg import OperationalError

from conversations.models import Turn, TurnState, WorkerLease
from conversations.turns import lease, run
from conversations.turns.lease import worker_lease
from conversations.turns.run import run_turn
from parley.background import settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endless(monkeypatch):
    """An answer that never comes; the event says that it is awaited."""
    begun = asyncio.Event()

    async def answer(turn, plan):
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(run, "answer", answer)
    return begun


async def leases():
    return await sync_to_async(lambda: [lease.owner for lease in WorkerLease.objects.all()])()


async def test_a_cancelled_turn_is_queued_again_under_a_new_job(say, queued, endless):
    accepted = await say("Hello")
    task = asyncio.create_task(run_turn(accepted.turn))
    await asyncio.wait_for(endless.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled()
    turn = await Turn.objects.aget(pk=accepted.turn)
    assert (turn.state, turn.attempt, turn.error) == (TurnState.QUEUED, 1, "worker_lost")
    assert f"turn-{accepted.turn}-1" in queued()


async def test_a_turn_cancelled_at_any_moment_of_its_beginning_goes_back_to_the_queue(say, endless, settings):
    settings.MAX_ATTEMPTS = 1000
    accepted = await say("Hello")
    async with worker_lease().held():
        for number in range(60):
            task = asyncio.create_task(run_turn(accepted.turn))
            await asyncio.sleep(number % 20 * 0.0005)
            task.cancel()
            _, alive = await asyncio.wait([task], timeout=5)
            assert not alive, "somebody swallowed the cancellation"
            await settled()
            assert (await Turn.objects.aget(pk=accepted.turn)).state == TurnState.QUEUED


async def test_turns_share_one_lease_that_ends_with_the_worker(say, endless):
    first, second = await say("Hello"), await say("Hello")
    async with worker_lease().held():
        tasks = [asyncio.create_task(run_turn(accepted.turn)) for accepted in (first, second)]
        while await Turn.objects.filter(state=TurnState.RUNNING).acount() < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        owners = {turn.owner async for turn in Turn.objects.all()}
        assert list(owners) == await leases()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await settled()
        assert len(await leases()) == 1
    assert await leases() == []


async def test_when_the_lease_cannot_be_renewed_its_turns_are_taken_away_and_a_new_one_begins(
    say, endless, settings, monkeypatch
):
    settings.LEASE_SECONDS = 0.6
    accepted = await say("Hello")
    async with worker_lease().held():
        task = asyncio.create_task(run_turn(accepted.turn))
        await asyncio.wait_for(endless.wait(), 10)
        [before] = await leases()
        renew = lease.WorkerLease._execute

        async def fails(self, statement):
            raise OperationalError("the server is away")

        monkeypatch.setattr(lease.WorkerLease, "_execute", fails)
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        monkeypatch.setattr(lease.WorkerLease, "_execute", renew)
        async with asyncio.timeout(5), worker_lease().turn(1) as owner:
            assert owner != before
