"""Stop: at any moment of a turn, by any of its contact's clients, and exactly one end."""

import asyncio
import json
from uuid import uuid4

import pytest

from conversations import frames
from conversations.delivery import eventlog
from conversations.errors import Refused
from conversations.models import Message, Turn, TurnState
from conversations.session import Visitor
from conversations.turns import recover
from conversations.turns import stop as stop_module
from conversations.turns.claim import LostTurn, claim
from conversations.turns.finish import Answer, finish, give_back
from conversations.turns.run import run_turn
from conversations.turns.stop import Stopped, stop, watched
from parley.background import settled
from routing import admission
from routing.admission import Need, tiers
from routing.models import Model, Provider, RateTier
from routing.ready import forget

pytestmark = pytest.mark.django_db(transaction=True)
HALF = Answer("Half an ans", model_name="some-model", input_tokens=7, finish_reason="stopped", stopped=True)


async def told(conversation):
    return [json.loads(frame) for _, frame in (await eventlog.read(conversation, "")).events]


async def ends(conversation):
    return [frame for frame in await told(conversation) if frame["type"] in eventlog.LAST]


@pytest.fixture
async def carried(say):
    """Claims a turn and carries it as run.py does, in a task: told to stop, it keeps `Half an ans`."""
    tasks = []

    async def carry(turn, begun):
        try:
            async with watched(turn):
                begun.set()
                await asyncio.Event().wait()
        except Stopped:
            await finish(turn, HALF)

    async def start():
        turn, begun = await claim((await say("Hello")).turn, "worker"), asyncio.Event()
        tasks.append(asyncio.create_task(carry(turn, begun)))
        await begun.wait()
        return turn, tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_queued_turn_is_cancelled_at_once_and_the_next_one_gets_its_turn(say, queued):
    first = await say("One")
    second = await say("Two", first.conversation)
    await stop(first.conversation, first.turn)
    turn = await Turn.objects.aget(pk=first.turn)
    assert (turn.state, turn.finish_reason) == (TurnState.CANCELLED, "stopped")
    assert turn.finished_at
    assert turn.stopped_at
    assert [(end["type"], end["turn"]) for end in await ends(first.conversation)] == [("cancelled", first.turn)]
    assert f"turn-{second.turn}-0" in queued()
    assert await claim(first.turn, "worker") is None
    assert await claim(second.turn, "worker") is not None


async def test_a_running_turn_ends_with_what_it_has_written(carried, say, queued):
    turn, task = await carried()
    following = await say("Two", turn.conversation)
    await stop(turn.conversation, turn.id)
    await asyncio.wait_for(task, 5)
    row = await Turn.objects.aget(pk=turn.id)
    assert (row.state, row.finish_reason, row.model_name, row.input_tokens) == (
        TurnState.CANCELLED, "stopped", "some-model", 7,
    )  # fmt: skip
    message = await Message.objects.aget(turn=turn.id)
    assert (message.text, message.stopped) == ("Half an ans", True)
    [end] = await ends(turn.conversation)
    assert (end["type"], end["message"]["stopped"], end["message"]["text"]) == ("answer", True, "Half an ans")
    assert f"turn-{following.turn}-0" in queued()


async def test_a_worker_is_rung(carried, monkeypatch):
    monkeypatch.setattr(stop_module, "LOOK_SECONDS", 60.0)
    for _ in range(2):
        turn, task = await carried()
        await stop(turn.conversation, turn.id)
        await asyncio.wait_for(task, 5)


async def test_a_worker_that_was_not_rung_finds_out_by_itself(carried, monkeypatch):
    turn, task = await carried()
    monkeypatch.setattr(stop_module, "CHANNEL", "parley:nobody-listens")
    await stop(turn.conversation, turn.id)
    await asyncio.wait_for(task, 5)


async def test_without_any_text_nothing_is_stored(say):
    accepted = await say("Hello")
    turn = await claim(accepted.turn, "worker")
    await stop(accepted.conversation, accepted.turn)
    await finish(turn, Answer("", stopped=True))
    assert not await Message.objects.filter(role="bot").aexists()
    assert [end["type"] for end in await ends(accepted.conversation)] == ["cancelled"]


async def test_a_stop_after_the_end_changes_nothing(say):
    accepted = await say("Hello")
    await finish(await claim(accepted.turn, "worker"), Answer("Whole"))
    await stop(accepted.conversation, accepted.turn)
    turn = await Turn.objects.aget(pk=accepted.turn)
    assert (turn.state, turn.stopped_at) == (TurnState.ANSWERED, None)
    assert [end["message"]["stopped"] for end in await ends(accepted.conversation)] == [False]


async def test_stops_at_once_and_an_answer_make_one_end(say):
    for number in range(8):
        accepted = await say("Hello")
        turn = await claim(accepted.turn, "worker") if number % 2 else None
        answering = [finish(turn, Answer("Whole")), finish(turn, HALF)] if turn else []
        stops = [stop(accepted.conversation, accepted.turn) for _ in range(3)]
        results = await asyncio.gather(*stops, *answering, return_exceptions=True)
        lost = [result for result in results if isinstance(result, BaseException)]
        assert [type(result) for result in lost] == [LostTurn] * (number % 2)
        assert len(await ends(accepted.conversation)) == 1
        assert await Message.objects.filter(turn=accepted.turn).acount() == number % 2


async def test_a_worker_that_ends_at_the_same_moment_is_not_kept_by_a_stop(say):
    turn = await claim((await say("Hello")).turn, "worker")
    begun = asyncio.Event()

    async def carry():
        async with watched(turn):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(carry())
    await begun.wait()
    await stop(turn.conversation, turn.id)
    task.cancel()
    with pytest.raises((asyncio.CancelledError, Stopped)) as met:
        await asyncio.wait_for(task, 5)
    assert met.type is asyncio.CancelledError
    await give_back(turn, "worker_lost", "It ended.")
    assert (await Turn.objects.aget(pk=turn.id)).state == TurnState.CANCELLED, "nobody would take it from the queue"
    assert [end["type"] for end in await ends(turn.conversation)] == ["cancelled"]


async def test_a_stopped_turn_whose_worker_died_is_cancelled_and_its_clients_told(say, queued):
    accepted = await say("Hello")
    await claim(accepted.turn, "dead")
    await stop(accepted.conversation, accepted.turn)
    await recover.reap()
    assert (await Turn.objects.aget(pk=accepted.turn)).state == TurnState.CANCELLED
    assert [end["type"] for end in await ends(accepted.conversation)] == ["cancelled"]
    assert f"turn-{accepted.turn}-1" not in queued()


async def test_a_parked_turn_leaves_its_line(say):
    provider = await Provider.objects.acreate(name="Slow", vendor="openai")
    await RateTier.objects.acreate(provider=provider, concurrency=1)
    tiers.forget()
    [tier] = await admission.all_tiers()
    accepted = await say("Hello")
    await admission.admit(tier, 10**9, Need(10, 10), since=0.0)
    await admission.admit(tier, accepted.turn, Need(10, 10), since=1.0)
    await Turn.objects.filter(pk=accepted.turn).aupdate(parked_in=tier.key, parked_at="2026-01-01T00:00Z")
    assert [[place.turn for place in line] for line in await admission.lines([tier])] == [[accepted.turn]]
    await stop(accepted.conversation, accepted.turn)
    assert await admission.lines([tier]) == [[]]
    tiers.forget()


async def test_only_turns_of_the_conversation_can_be_stopped(say, session):
    accepted, other = await say("Hello"), await say("Hello")
    visitor = Visitor(session, "198.51.100.7")
    for turn, code in ((other.turn, "no_turn"), (10**12, "no_turn"), ("x", "bad_value"), (True, "bad_value")):
        with pytest.raises(Refused) as refused:
            await frames.carry_out(visitor, accepted.conversation, {"type": "stop", "turn": turn})
        assert refused.value.code == code
    with pytest.raises(Refused):
        await frames.carry_out(visitor, uuid4(), {"type": "stop", "turn": other.turn})
    assert await Turn.objects.filter(state=TurnState.QUEUED).acount() == 2
    frame = {"type": "stop", "id": "mine", "turn": accepted.turn}
    for _ in range(2):
        assert await frames.carry_out(visitor, accepted.conversation, frame) == {"type": "done", "ref": "mine"}


@pytest.fixture
def model(site, sim):
    forget()
    tiers.forget()
    provider = Provider(name="simulated", vendor="anthropic", base_url=sim.anthropic_url)
    provider.api_key = "sk-test"
    provider.save()
    yield Model.objects.create(provider=provider, name="some-model")
    tiers.forget()


async def test_the_providers_stream_is_closed_and_the_part_of_the_answer_stays(say, sim, model, settings):
    settings.LEASE_SECONDS = 60  # importing an SDK for the first time holds the loop up
    sim.set(reply="word " * 2000, tokens_per_second=100.0)
    accepted = await say("Tell me everything")
    task = asyncio.create_task(run_turn(accepted.turn))
    async with asyncio.timeout(30):
        while not any(event["type"] == "delta" for event in await told(accepted.conversation)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await stop(accepted.conversation, accepted.turn)
        await task
    await settled()
    turn = await Turn.objects.aget(pk=accepted.turn)
    assert (turn.state, turn.finish_reason, turn.model_name) == (TurnState.CANCELLED, "stopped", "some-model")
    message = await Message.objects.aget(turn=accepted.turn)
    assert message.stopped
    assert 0 < message.text.count("word") < 500
    [*_, end] = await told(accepted.conversation)
    assert (end["type"], end["message"]["text"]) == ("answer", message.text)
    [tier] = await admission.all_tiers()
    assert (await admission.standing([tier]))[0].running == 0, "the seat is given back"
