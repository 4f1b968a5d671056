"""Asking again: a new turn for the same message, once, and the old answer kept out of sight."""

import asyncio
import json
from uuid import uuid4

import pytest

from conversations import frames
from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event
from conversations.delivery.snapshot import snapshot
from conversations.errors import Refused
from conversations.models import Conversation, Message, Turn, TurnState
from conversations.session import Visitor
from conversations.turns.again import after_again, again_event, ask_again
from conversations.turns.claim import claim
from conversations.turns.finish import Answer, fail, finish
from conversations.turns.stop import stop
from parley.background import settled
from people.models import AudienceTier
from people.sessions import Session

pytestmark = pytest.mark.django_db(transaction=True)


async def told(conversation, kind):
    events = [json.loads(frame) for _, frame in (await eventlog.read(conversation, "")).events]
    return [{**event, "n": None} for event in events if event["type"] == kind]


async def shown(conversation):
    return json.loads(await snapshot(conversation, "e:1", ()))


@pytest.fixture
def answered(say):
    """A question with its answer."""

    async def ask(text="Hello", conversation=None):
        accepted = await say(text, conversation)
        await finish(await claim(accepted.turn, "worker"), Answer(f"First answer to {text}"))
        return accepted

    return ask


@pytest.fixture
def again(session):
    """Ask a turn's question again, and do what follows the commit."""

    async def ask(accepted, turn=None, request=None):
        made = await ask_again(session, accepted.conversation, request or uuid4(), turn or accepted.turn)
        await after_again(made)
        return made

    return ask


async def test_the_question_gets_another_turn_and_the_old_answer_goes_out_of_sight(answered, again, queued):
    accepted = await answered()
    old = await Message.objects.aget(turn=accepted.turn)
    made = await again(accepted)
    assert (made.message, made.answer, made.duplicate) == (accepted.message, old.pk, False)
    assert f"turn-{made.turn}-0" in queued()
    [event] = await told(accepted.conversation, "again")
    assert event == {
        "n": None, "type": "again", "turn": made.turn, "replaces": accepted.turn, "answer": old.pk,
        "message": accepted.message, "place": 0,
    }  # fmt: skip
    await finish(await claim(made.turn, "worker"), Answer("Second answer"))
    assert [(m["role"], m["text"]) for m in (await shown(accepted.conversation))["messages"]] == [
        ("contact", "Hello"), ("bot", "Second answer"),
    ]  # fmt: skip
    await old.arefresh_from_db()
    assert old.superseded_at, "kept for the transcript and for labels"


async def test_the_model_sees_neither_the_old_answer_nor_the_question_twice(answered, again, say):
    first = await answered("One")
    made = await again(first)
    claimed = await claim(made.turn, "worker")
    assert (claimed.text, claimed.history) == ("One", [])
    await finish(claimed, Answer("Better"))
    following = await claim((await say("Two", first.conversation)).turn, "worker")
    assert [tuple(said) for said in following.history] == [("contact", "One"), ("bot", "Better")]


async def test_failed_and_stopped_questions_can_be_asked_again(say, again):
    accepted = await say("Hello")
    await fail(await claim(accepted.turn, "worker"), "x", "y")
    [turn] = (await shown(accepted.conversation))["turns"]
    assert (turn["state"], turn["repeated"]) == ("failed", False)
    second = await again(accepted)
    await stop(accepted.conversation, second.turn)
    [turn] = (await shown(accepted.conversation))["turns"]
    assert (turn["turn"], turn["state"], turn["error"]) == (second.turn, "cancelled", "")
    third = await again(accepted, second.turn)
    assert [turn["turn"] for turn in (await shown(accepted.conversation))["turns"]] == [third.turn]
    assert third.answer is None


async def test_a_snapshot_tells_the_place_that_the_line_told_last(say):
    accepted = await say("Hello")
    await Turn.objects.filter(pk=accepted.turn).aupdate(attempt=1, parked_in="t1")
    told = {"place": 7, "seconds": 40.0, "late": True}
    await eventlog.append(accepted.conversation, Event("place", told, turn=accepted.turn, attempt=1))
    events = [frame for _, frame in (await eventlog.read(accepted.conversation, "")).events]
    [turn] = json.loads(await snapshot(accepted.conversation, "e:1", events))["turns"]
    assert {name: turn[name] for name in told} == told
    [turn] = (await shown(accepted.conversation))["turns"]
    assert (turn["place"], turn["seconds"], turn["late"]) == (0, None, False), "Postgres counts where no line tells"


async def test_however_often_and_from_wherever_it_is_asked_it_is_done_once(answered, again):
    accepted = await answered()
    request = uuid4()
    made = await asyncio.gather(*(again(accepted, request=request) for _ in range(4)), *(again(accepted) for _ in "ab"))
    assert len({one.turn for one in made}) == 1
    assert sum(not one.duplicate for one in made) == 1
    assert await Turn.objects.acount() == 2
    assert (await again(accepted, request=request)).ack()["duplicate"]


async def test_only_the_newest_finished_question_of_a_bot_can_be_asked_again(answered, say, again, session):
    first = await answered("One")
    second = await say("Two", first.conversation)
    elsewhere = await answered("Elsewhere")

    async def refusal(turn, who=session, conversation=first.conversation):
        with pytest.raises(Refused) as refused:
            await ask_again(who, conversation, uuid4(), turn)
        return refused.value.code

    assert await refusal(first.turn) == "not_newest"
    assert await refusal(second.turn) == "unfinished"
    assert await refusal(elsewhere.turn) == await refusal(10**12) == "no_turn"
    assert await refusal(first.turn, conversation=uuid4()) == "no_conversation"
    assert await refusal(first.turn, Session(session.site_id, "anon:somebody-else")) == "no_conversation"
    await stop(first.conversation, second.turn)
    await Conversation.objects.filter(pk=first.conversation).aupdate(handler="agent")
    assert await refusal(second.turn) == "with_person"
    assert await Turn.objects.acount() == 3


async def test_it_counts_as_a_message_once_and_respects_the_days_tokens(answered, session, tiers):
    await AudienceTier.objects.filter(key="anonymous").aupdate(messages_per_minute=2)
    accepted = await answered()
    visitor = Visitor(session, "198.51.100.7")
    frame = {"type": "again", "id": str(uuid4()), "turn": accepted.turn}
    for number in range(4):
        reply = await frames.carry_out(visitor, accepted.conversation, frame)
        assert (reply["type"], reply["id"], reply["duplicate"]) == ("ack", frame["id"], number > 0)
    await settled()
    turn = await Turn.objects.aget(pk=reply["turn"])
    await stop(accepted.conversation, turn.pk)
    await Turn.objects.filter(pk=turn.pk).aupdate(input_tokens=10**6)
    await AudienceTier.objects.filter(key="anonymous").aupdate(tokens_per_day=1000)
    with pytest.raises(Refused) as refused:
        await frames.carry_out(visitor, accepted.conversation, {**frame, "id": str(uuid4()), "turn": turn.pk})
    assert refused.value.code == "tokens_used"


@pytest.mark.parametrize(
    "frame", [{"turn": 7}, {"id": "x", "turn": 7}, {"id": str(uuid4())}, {"id": str(uuid4()), "turn": -1}]
)
async def test_a_frame_that_lacks_something_is_refused(answered, session, frame):
    accepted = await answered()
    with pytest.raises(Refused) as refused:
        await frames.carry_out(Visitor(session, ""), accepted.conversation, {"type": "again", **frame})
    assert refused.value.code == "bad_value"


async def test_a_worker_tells_it_when_nobody_could_before_and_never_twice(answered, again):
    accepted = await answered()
    made = await again(accepted)
    claimed = await claim(made.turn, "worker")
    said = again_event(made.turn, claimed.replaces, claimed.replaced_answer, claimed.message, 0)
    assert await eventlog.append(accepted.conversation, said) == [0]
    assert (claimed.replaces, claimed.replaced_answer) == (accepted.turn, made.answer)
    assert (await Turn.objects.aget(pk=accepted.turn)).state == TurnState.ANSWERED
