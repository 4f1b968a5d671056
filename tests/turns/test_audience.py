"""What a contact's audience tier allows: exact while many accepts run at once, and never in the way of a retry."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db.models import F

from conversations import frames
from conversations.errors import Refused
from conversations.models import Conversation, Message, Turn
from conversations.session import visitor_of
from conversations.turns.accept import accept_message
from conversations.turns.claim import claim
from conversations.turns.finish import Answer, finish
from parley import log_context
from parley.background import settled
from people.models import AudienceTier, Contact
from people.sessions import Session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tiers")]  # two at once, 1,000 tokens


async def limit(key="anonymous", **values):
    await AudienceTier.objects.filter(key=key).aupdate(**values)


async def put_into(key):
    await Contact.objects.aupdate(audience=await AudienceTier.objects.aget(key=key))


async def answer(accepted, tokens=0):
    """Answer the turn at the price of so many tokens."""
    text = Answer("Here", input_tokens=tokens - tokens // 4, output_tokens=tokens // 4)
    await finish(await claim(accepted.turn, "worker"), text)


async def refusal(awaitable):
    with pytest.raises(Refused) as refused:
        await awaitable
    assert refused.value.status == 429
    return refused.value


@pytest.fixture
async def send(session, redis_clean):
    """Send a message frame as the session's visitor does; the ack. A `client_id` may be sent again."""

    async def sent(text="Hello", conversation=None, client_id=None, address="192.0.2.1"):
        visitor = await visitor_of(session.token(), address)
        frame = {"type": "message", "id": str(client_id or uuid4()), "text": text}
        ack = await frames.carry_out(visitor, conversation or uuid4(), frame)
        await settled()
        return ack

    return sent


async def test_turns_at_once_count_over_all_conversations_until_one_is_answered(say):
    first, _ = await say("One"), await say("Two")
    refused = await refusal(say("Three"))
    assert (refused.code, refused.wait) == ("too_many_turns", None)
    assert "wait for an answer" in refused.message
    assert await Conversation.objects.acount() == 2, "the refused message left nothing behind"
    await answer(first)
    assert (await say("Three")).turn


async def test_of_many_at_once_exactly_as_many_as_allowed_are_accepted(session, redis_clean):
    await limit(turns_at_once=4)
    many = (accept_message(session, uuid4(), uuid4(), "Hello") for _ in range(12))
    outcomes = await asyncio.gather(*many, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert {one.code for one in refused} == {"too_many_turns"}
    assert len(refused) == 8
    assert await Turn.objects.acount() == 4


async def test_tokens_a_day_are_those_of_input_and_output_since_midnight_utc(say):
    first = await say("One")
    await answer(first, tokens=999)
    second = await say("Two")
    await answer(second, tokens=1)
    refused = await refusal(say("Three"))
    assert refused.code == "tokens_used"
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert refused.wait == pytest.approx((midnight - datetime.now(UTC)).total_seconds(), abs=30)
    await Turn.objects.filter(pk=first.turn).aupdate(finished_at=F("finished_at") - timedelta(days=1))
    assert (await say("Three")).turn, "what was used yesterday does not count today"


async def test_a_contact_is_held_to_the_tier_that_it_was_given(say):
    await say("One")
    await put_into("premium")
    for _ in range(5):
        await say("More")
    await Contact.objects.aupdate(audience=None)
    assert (await refusal(say("Again"))).code == "too_many_turns"


async def test_a_tier_without_a_limit_of_tokens_has_none(say):
    await answer(await say("One"), tokens=2_000_000_000)
    await refusal(say("Two"))
    await put_into("premium")
    assert (await say("Two")).turn


async def test_another_contacts_turns_and_tokens_do_not_count(say, session):
    await answer(await say("Mine"), tokens=5000)
    assert (await refusal(say("Mine again"))).code == "tokens_used"
    other = Session(session.site_id, f"anon:{uuid4()}")
    for _ in range(2):
        assert (await accept_message(other, uuid4(), uuid4(), "Theirs")).turn


async def test_a_person_can_be_written_to_whatever_the_bot_has_used(say):
    first = await say("One")
    await answer(first, tokens=5000)
    await Conversation.objects.aupdate(handler="agent")
    assert (await say("Can you help?", first.conversation)).turn is None


async def test_what_was_stored_is_returned_over_every_limit(say):
    client_id = uuid4()
    first = await say("One", client_id=client_id)
    await say("Two")
    assert (await say("One", first.conversation, client_id)).turn == first.turn
    await answer(first, tokens=5000)
    again = await say("One", first.conversation, client_id)
    assert (again.turn, again.duplicate) == (first.turn, True)


async def test_a_message_that_was_asked_again_is_returned_with_its_newest_turn(say):
    client_id = uuid4()
    first = await say("One", client_id=client_id)
    await answer(first)
    newest = await Turn.objects.acreate(
        conversation_id=first.conversation, message_id=first.message, replaces_id=first.turn
    )
    assert (await say("One", first.conversation, client_id)).turn == newest.pk


async def test_messages_a_minute_are_those_of_the_tier_and_the_wait_is_told(send):
    await limit(messages_per_minute=2, turns_at_once=50)
    for _ in range(2):
        await send()
    refused = await refusal(send())
    assert refused.code == "too_many"
    assert 50 < refused.wait <= 60
    assert "Please send it again in" in refused.message
    assert "seconds" in refused.message


async def test_a_repeated_client_id_passes_over_the_limit_a_minute_and_is_counted_once(send, redis_clean):
    await limit(messages_per_minute=2, turns_at_once=50)
    conversation, first = uuid4(), uuid4()
    ack = await send("One", conversation, first)
    await send("Two", conversation)
    assert await send("One", conversation, first) == {**ack, "duplicate": True}, "its id is still in the window"
    redis_clean.delete(*redis_clean.keys("parley:limit:*"))
    await send("One", conversation, first)
    assert redis_clean.keys("parley:limit:message:*") == [], "the window had lost it; it was taken back"
    await send("Three", conversation)
    await send("Four", conversation)
    assert (await send("One", conversation, first))["turn"] == ack["turn"]
    assert (await refusal(send("Five", conversation))).code == "too_many"
    assert await Message.objects.acount() == 4


async def test_an_address_is_limited_whoever_writes_from_it(send, settings):
    settings.ADDRESS_MESSAGES_PER_MINUTE = 1
    await send()
    refused = await refusal(send())
    assert refused.code == "too_many"
    assert "from your network" in refused.message
    assert (await send(address="192.0.2.2"))["turn"]


async def test_a_socket_learns_of_a_new_tier_with_the_next_message(session, redis_clean):
    await limit(messages_per_minute=1, turns_at_once=50)
    visitor = await visitor_of(session.token(), "192.0.2.1")
    await frames.carry_out(visitor, uuid4(), {"type": "message", "id": str(uuid4()), "text": "One"})
    await put_into("premium")
    redis_clean.delete(*redis_clean.keys("parley:limit:*"))
    for _ in range(3):
        await frames.carry_out(visitor, uuid4(), {"type": "message", "id": str(uuid4()), "text": "More"})
    await settled()


async def test_a_foreign_conversation_is_refused_before_anything_is_stored(send, session):
    stranger = await sync_to_async(Contact.objects.create)(site_id=session.site_id, key="anon:stranger")
    theirs = await Conversation.objects.acreate(site_id=session.site_id, contact=stranger)
    with pytest.raises(Refused) as refused:
        await send(conversation=theirs.pk)
    assert refused.value.code == "no_conversation"


async def test_the_log_of_the_web_server_names_the_turn(send, caplog):
    lines = []
    caplog.handler.addFilter(lambda line: lines.append((line.getMessage(), dict(log_context.fields()))) or True)
    with caplog.at_level("INFO", "conversations.frames"):
        turn = (await send())["turn"]
    said = [bound for text, bound in lines if text == f"Turn {turn} was accepted"]
    assert [bound["turn"] for bound in said] == [turn]
