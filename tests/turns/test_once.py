"""Exactly one answer: whoever lost the turn writes nothing."""

import pytest
from django.db import IntegrityError

from conversations.delivery import eventlog
from conversations.models import Message, Turn, TurnState, WorkerLease
from conversations.turns import recover
from conversations.turns.claim import LostTurn, claim
from conversations.turns.finish import Answer, fail, finish, give_back
from parley.pools import postgres

pytestmark = pytest.mark.django_db(transaction=True)


async def lease(owner, seconds):
    statement = "INSERT INTO conversations_workerlease VALUES (%s, now() + %s * interval '1 s')"
    async with (await postgres()).connection() as connection:
        await connection.execute(statement, [owner, seconds])


async def test_one_of_two_workers_gets_the_turn(say):
    accepted = await say("Hello")
    assert await claim(accepted.turn, "one") is not None
    assert await claim(accepted.turn, "two") is None


async def test_the_turn_of_a_worker_without_a_lease_goes_back_to_the_queue(say, queued):
    accepted = await say("Hello")
    await claim(accepted.turn, "dead")
    await lease("dead", -1)
    assert await recover.reap() == 1
    assert f"turn-{accepted.turn}-1" in queued()
    assert (await claim(accepted.turn, "alive")).attempt == 2


async def test_a_worker_with_a_lease_keeps_its_turn(say):
    accepted = await say("Hello")
    await claim(accepted.turn, "alive")
    await lease("alive", 5)
    assert await recover.reap() == 0


async def test_a_worker_that_wakes_up_late_can_neither_answer_nor_fail_nor_give_back(say):
    accepted = await say("Hello")
    frozen = await claim(accepted.turn, "frozen")
    await recover.reap()
    thawed_too_late = await claim(accepted.turn, "other")
    for late in (finish(frozen, Answer("old")), fail(frozen, "x", "y"), give_back(frozen, "x", "y")):
        with pytest.raises(LostTurn):
            await late
    await finish(thawed_too_late, Answer("new"))
    assert [message.text async for message in Message.objects.filter(turn=accepted.turn)] == ["new"]


async def test_the_database_refuses_a_second_answer(say):
    accepted = await say("Hello")
    await finish(await claim(accepted.turn, "one"), Answer("first"))
    with pytest.raises(IntegrityError):
        await Message.objects.acreate(
            conversation_id=accepted.conversation, role="bot", text="second", turn_id=accepted.turn
        )


async def test_a_turn_that_kills_its_worker_every_time_is_given_up_and_the_visitor_told(say, settings):
    settings.MAX_ATTEMPTS = 2
    accepted = await say("Poison")
    for _ in range(2):
        assert await claim(accepted.turn, "dead") is not None
        await recover.reap()
    turn = await Turn.objects.aget(pk=accepted.turn)
    assert (turn.state, turn.error) == (TurnState.FAILED, "attempts")
    assert "died 2 times" in turn.error_detail
    page = await eventlog.read(accepted.conversation, "")
    assert '"failed"' in page.events[-1][1]


async def test_a_queued_turn_without_a_job_is_found(say, queued, redis_clean):
    accepted = await say("Hello")
    redis_clean.flushdb()
    await Turn.objects.aupdate(queued_at="2026-01-01T00:00Z")
    assert await recover.sweep() == 1
    assert queued() == [f"turn-{accepted.turn}-0"]
    assert await recover.sweep() == 0, "it has a job now"


async def test_an_answer_that_was_never_told_drops_the_log(say):
    accepted = await say("Hello")
    claimed = await claim(accepted.turn, "dying")
    cursor = (await eventlog.read(accepted.conversation, "")).cursor
    finished = "UPDATE conversations_turn SET state = 'answered', finished_at = now() - interval '3 s' WHERE id = %s"
    async with (await postgres()).connection() as connection:
        await connection.execute(finished, [claimed.id])
    await recover.Reannouncer().reannounce()
    assert not (await eventlog.read(accepted.conversation, cursor)).resumed
    cursor = (await eventlog.read(accepted.conversation, "")).cursor
    await recover.Reannouncer().reannounce()
    assert (await eventlog.read(accepted.conversation, cursor)).resumed, "the next leader does not drop the new log"


async def test_old_leases_are_forgotten(say):
    await lease("ancient", -7200)
    accepted = await say("Hello")
    await claim(accepted.turn, "dead")
    await recover.reap()
    assert await WorkerLease.objects.acount() == 0
