"""What visitors may do about what is remembered of them, and what follows when the host site says who they are."""

import time
from uuid import uuid4

import jwt
import pytest
from asgiref.sync import sync_to_async

from conversations.api.session import _opened
from conversations.errors import Refused
from conversations.frames import carry_out
from conversations.models import Message
from conversations.session import Visitor
from conversations.turns.run import run_turn
from memory.remember import rights
from parley.background import settled
from people.models import Contact
from people.sessions import Session, anonymous

pytestmark = pytest.mark.django_db(transaction=True)
PEANUTS = "The user is allergic to peanuts."


def known(site, key, *texts):
    """A contact of whom this is remembered."""
    contact = Contact.objects.create(site=site, key=key)
    for text in texts:
        rights.add(contact.pk, text)
    return contact


def texts_of(contact):
    return [memory.text for memory in rights.memories(contact.pk)]


def vouched(site):
    now = int(time.time())
    return jwt.encode({"sub": "42", "iat": now, "exp": now + 600}, site.identity_secret, "HS256")


def test_an_anonymous_visitors_memories_follow_when_the_host_site_says_who_it_is(site):
    session = anonymous(site.pk)
    earlier = known(site, session.key, PEANUTS)
    _opened(site, {"contact_token": vouched(site), "anonymous_token": session.token()})
    identified = Contact.objects.get(site=site, key="id:42")
    assert texts_of(identified) == [PEANUTS]
    assert texts_of(earlier) == []


@pytest.mark.parametrize("whose", ["forged", "of another site", "identified", "signed out"])
def test_no_other_token_hands_memories_over(site, other_site, whose):
    owner = known(other_site if whose == "of another site" else site, f"anon:{uuid4()}", PEANUTS)
    token = Session(owner.site_id, owner.key).token()
    if whose == "forged":
        token = token[:-2] + "xx"
    if whose == "identified":
        Contact.objects.filter(pk=owner.pk).update(key="id:77")
        token = Session(site.pk, "id:77").token()
    if whose == "signed out":
        Contact.objects.filter(pk=owner.pk).update(token_version=2)
    _opened(site, {"contact_token": vouched(site), "anonymous_token": token})
    assert texts_of(Contact.objects.get(site=site, key="id:42")) == []
    assert texts_of(owner) == [PEANUTS]


@pytest.fixture
async def mine(site, session, redis_clean):
    """A visitor with one memory, and how to send frames."""
    contact = await sync_to_async(known)(site, session.key, PEANUTS)
    visitor = Visitor(session, "127.0.0.1")

    async def send(**frame):
        return await carry_out(visitor, uuid4(), frame)

    return contact, send


async def test_a_visitor_sees_corrects_switches_off_and_forgets(mine):
    contact, send = mine
    (memory,) = (await send(type="memories"))["memories"]
    assert memory["text"] == PEANUTS
    corrected = await send(type="memory-correct", memory=memory["id"], text="The user is allergic to nuts.")
    assert [one["text"] for one in corrected["memories"]] == ["The user is allergic to nuts."]
    assert (await send(type="memory-switch", value=False))["enabled"] is False
    assert (await send(type="memory-forget-all"))["memories"] == []
    assert await sync_to_async(texts_of)(contact) == []


async def test_what_was_recalled_for_an_answer_that_is_called_good_was_of_use(mine, say, session):
    contact, _ = mine
    visitor = Visitor(session, "127.0.0.1")
    accepted = await say("Which snacks can I eat, with peanuts?")
    await run_turn(accepted.turn)
    await settled()
    answer = await Message.objects.aget(turn=accepted.turn)
    for value in (1, 1, 0, -1):
        await carry_out(visitor, accepted.conversation, {"type": "rate", "message": answer.pk, "value": value})
    await settled()
    (memory,) = await sync_to_async(rights.memories)(contact.pk)
    assert (memory.recalled, memory.useful) == (1, 1)


async def test_nobody_reaches_what_is_remembered_of_another(site, mine):
    _, send = mine
    other = await sync_to_async(known)(site, f"anon:{uuid4()}", "The user lives in Lyon.")
    (foreign,) = await sync_to_async(rights.memories)(other.pk)
    with pytest.raises(Refused):
        await send(type="memory-correct", memory=foreign.pk, text="Mine now.")
    await send(type="memory-forget", memory=foreign.pk)
    assert await sync_to_async(texts_of)(other) == ["The user lives in Lyon."]


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "memory-correct", "memory": "1", "text": "x"},
        {"type": "memory-correct", "memory": 1, "text": ""},
        {"type": "memory-correct", "memory": 1, "text": "x" * 501},
        {"type": "memory-forget"},
        {"type": "memory-switch", "value": "no"},
    ],
)
async def test_a_frame_that_lacks_something_is_refused(mine, frame):
    _, send = mine
    with pytest.raises(Refused):
        await send(**frame)
