"""Accepting a message: once, in order, by its owner."""

import asyncio
from uuid import uuid4

import pytest

from conversations.errors import Refused
from conversations.models import Conversation, Message, Turn
from conversations.turns.accept import accept_message
from conversations.turns.claim import claim
from conversations.turns.finish import Answer, finish
from people.models import Contact
from people.sessions import Session

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_first_message_makes_contact_conversation_and_turn(say, queued):
    accepted = await say("  Where is\nmy parcel?")
    conversation = await Conversation.objects.aget(pk=accepted.conversation)
    assert conversation.title == "Where is my parcel?"
    assert queued() == [f"turn-{accepted.turn}-0"]
    assert (accepted.place, accepted.head, accepted.duplicate) == (0, True, False)


async def test_a_repeated_client_id_returns_the_first_turn_and_changes_nothing(say, queued):
    first = await say("Hello")
    second = await say("Hello again", first.conversation, first.client_id)
    assert (second.turn, second.message, second.duplicate) == (first.turn, first.message, True)
    assert await Message.objects.acount() == 1
    assert len(queued()) == 1


async def test_the_same_message_sent_ten_times_at_once_is_stored_once(session, redis_clean):
    conversation, client_id = uuid4(), uuid4()
    many = await asyncio.gather(*(accept_message(session, conversation, client_id, "Hello") for _ in range(10)))
    assert len({accepted.turn for accepted in many}) == 1
    assert sum(not accepted.duplicate for accepted in many) == 1
    assert await Turn.objects.acount() == 1


async def test_only_the_first_turn_of_a_conversation_is_in_the_queue_and_its_end_brings_the_next(say, queued):
    first = await say("One")
    second = await say("Two", first.conversation)
    assert queued() == [f"turn-{first.turn}-0"]
    assert await claim(second.turn, "worker") is None, "its turn has not come"
    claimed = await claim(first.turn, "worker")
    await finish(claimed, Answer("Done"))
    assert f"turn-{second.turn}-0" in queued()
    assert (await claim(second.turn, "worker")).text == "Two"


async def test_the_place_in_line_counts_the_turns_before(say):
    assert [(await say("Hello")).place for _ in range(3)] == [0, 1, 2]


async def test_somebody_elses_conversation_is_refused(say, session):
    accepted = await say("Mine")
    thief = Session(session.site_id, f"anon:{uuid4()}")
    with pytest.raises(Refused) as refused:
        await accept_message(thief, accepted.conversation, uuid4(), "Mine now")
    assert refused.value.code == "no_conversation"
    assert await Contact.objects.acount() == 1, "the thief's row went with the transaction"


async def test_a_session_that_was_signed_out_is_refused(say, session):
    accepted = await say("Hello")
    await Contact.objects.aupdate(token_version=2)
    with pytest.raises(Refused, match="session has ended"):
        await accept_message(session, accepted.conversation, uuid4(), "Still here")


async def test_a_message_to_a_person_has_no_turn(say):
    accepted = await say("Hello")
    await Conversation.objects.aupdate(handler="agent")
    assert (await say("Are you there?", accepted.conversation)).turn is None
    assert await Turn.objects.acount() == 1
