"""How conversations end: what the contact said, what the end looks like, and that each end is counted once."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.completion import judge_quiet, judging
from conversations.models import Conversation, Escalation, Rating, Turn, TurnState
from people.audiences import audiences

pytestmark = pytest.mark.django_db(transaction=True)
QUIET = timezone.now() - timedelta(hours=2)


@pytest.fixture
def counted(monkeypatch):
    """What was added, as (label, site)."""
    found = []
    monkeypatch.setattr(judging, "add", lambda _figure, *, label, site, audience: found.append((label, site, audience)))
    return found


@pytest.fixture
def talk(site, visitor, tiers):
    """A conversation of one turn, quiet for two hours."""

    def make(state=TurnState.ANSWERED, rating=0, at=QUIET, finish_reason="stop", **fields):
        made = Conversation.objects.create(site=site, contact=visitor, last_message_at=at, **fields)
        question = made.messages.create(role="contact", text="Where is my parcel?")
        turn = Turn.objects.create(
            conversation=made, message=question, state=state, accepted_at=at, finish_reason=finish_reason
        )
        if state == TurnState.ANSWERED:
            answer = made.messages.create(role="bot", text="On its way.", turn=turn)
            if rating:
                Rating.objects.create(message=answer, value=rating)
        return made

    return make


async def outcome(conversation):
    await conversation.arefresh_from_db()
    return conversation.outcome


async def test_what_the_contact_said_counts_before_what_the_end_looks_like(talk, counted):
    make = sync_to_async(talk)
    solved = await make(solved=True)
    silent = await make()
    unsolved = await make(solved=False)
    disliked = await make(rating=-1)
    ignorant = await make(finish_reason="unknown")
    failed = await make(state=TurnState.FAILED)
    handed_over = await make()
    await Escalation.objects.acreate(conversation=handed_over)

    assert await judge_quiet() == 7

    expected = {
        solved: "confirmed", silent: "assumed", unsolved: "unsolved", disliked: "unsolved", ignorant: "abandoned",
        failed: "abandoned", handed_over: "escalated",
    }  # fmt: skip
    assert {each: await outcome(each) for each in expected} == expected
    assert sorted(label for label, _, _ in counted) == sorted(expected.values())
    tier = (await audiences())["anonymous"].id
    assert {(site, audience) for _, site, audience in counted} == {(solved.site_id, tier)}


async def test_an_end_is_counted_once_and_a_conversation_that_went_on_has_another(talk, counted, session, say):
    ended = await sync_to_async(talk)()
    assert await judge_quiet() == 1
    assert await judge_quiet() == 0
    await Conversation.objects.filter(pk=ended.pk).aupdate(contact=(await said_by(session)))
    accepted = await say("One more thing", conversation=ended.pk)
    assert await outcome(ended) == ""
    await Turn.objects.filter(pk=accepted.turn).aupdate(state=TurnState.FAILED)
    await Conversation.objects.filter(pk=ended.pk).aupdate(last_message_at=QUIET)
    assert await judge_quiet() == 1
    assert [label for label, _, _ in counted] == ["assumed", "abandoned"]


async def test_what_is_lively_or_still_waits_has_not_ended(talk, counted):
    make = sync_to_async(talk)
    await make(at=timezone.now())
    await make(state=TurnState.QUEUED)
    assert await judge_quiet() == 0


async def said_by(session):
    from people.models import Contact

    return (await Contact.objects.aget_or_create(site_id=session.site_id, key=session.key))[0]
