"""What routing decides reaches the visitor, the turn's row, and the agents."""

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Conversation, Escalation, Handler, Message, Role, Turn
from conversations.turns.again import after_again, ask_again
from conversations.turns.run import run_turn
from parley.background import settled
from routing import cached
from routing.models import CachedAnswer, CachedQuestion, CacheMatch, RoutingRule
from routing.rules import current

pytestmark = pytest.mark.django_db(transaction=True)
ANYTHING = {"all": []}


@pytest.fixture
async def answer(say):
    """Ask, and let a worker answer; the turn as it ended, and what was said."""

    async def asked(text):
        accepted = await say(text)
        await run_turn(accepted.turn)
        await settled()
        turn = await Turn.objects.aget(pk=accepted.turn)
        said = await Message.objects.filter(turn=turn).afirst()
        return turn, said

    return asked


@pytest.fixture
def rule(site):
    async def made(condition, action, name="A rule"):
        row = await RoutingRule.objects.acreate(name=name, condition=condition, action=action)
        current.forget()
        return row

    return made


@pytest.fixture
async def hours(site):
    """An approved answer about the opening hours."""

    def made():
        row = CachedAnswer.objects.create(text="From 9 to 17.", state=CachedAnswer.State.APPROVED, site=site)
        question = "When are you open?"
        CachedQuestion.objects.create(answer=row, text=question, normalised=cached.normalised(question))
        cached.embed_questions(row.pk)
        return row

    row = await sync_to_async(made)()
    await cached.settled_index()
    return row


async def test_a_rules_text_is_the_answer_and_the_turn_says_which_rule_and_why(answer, rule):
    words = {"kind": "words", "words": ["refund"], "match": "any"}
    made = await rule(words, {"kind": "text", "text": "Refunds take **five days**."}, "Refunds")
    turn, said = await answer("Where is my refund, please?")
    assert (said.text, said.role) == ("Refunds take **five days**.", Role.BOT)
    assert (turn.rule_id, turn.answered_by, turn.cost) == (made.pk, "rule", 0)
    assert turn.route["rule"] == "Refunds"
    assert turn.route["why"]
    assert 0 <= turn.score <= 1


async def test_a_rule_that_does_not_hold_leaves_the_choice_to_the_classifier(answer, rule):
    await rule({"kind": "words", "words": ["refund"], "match": "any"}, {"kind": "text", "text": "Five days."})
    turn, _ = await answer("Do you ship to Norway?")
    assert turn.rule_id is None
    assert turn.answered_by == "articles", "no provider is configured here"
    assert "No rule held" in turn.route["why"][0]


async def test_a_rule_hands_over_to_a_person_once(answer, rule):
    await rule(ANYTHING, {"kind": "handover", "text": "A colleague comes."}, "All to people")
    turn, said = await answer("I want to complain.")
    assert said.text == "A colleague comes."
    assert turn.answered_by == "handover"
    assert await Escalation.objects.filter(conversation=turn.conversation_id, closed_at=None).acount() == 1
    conversation = await Conversation.objects.aget(pk=turn.conversation_id)
    assert conversation.handler == Handler.AGENT


async def test_a_cached_answer_is_given_without_a_model_and_asking_again_goes_past_it(answer, hours, session):
    turn, said = await answer("when are you OPEN")
    assert (said.text, turn.answered_by, turn.cached_answer_id) == ("From 9 to 17.", "cache", hours.pk)
    match = await CacheMatch.objects.aget(turn_id=turn.pk)
    assert (match.served, match.exact, match.message_id) == (True, True, said.pk)

    again = await ask_again(session, turn.conversation_id, turn.conversation_id, turn.pk)
    await after_again(again)
    await run_turn(again.turn)
    await settled()
    second = await Turn.objects.aget(pk=again.turn)
    assert second.answered_by == "articles"
    await match.arefresh_from_db()
    assert (match.verdict, match.judge) == ("wrong", "visitor")


async def test_an_answer_that_is_not_approved_is_not_given(answer, hours):
    hours.state = CachedAnswer.State.REVIEW
    await hours.asave()
    await cached.settled_index()
    turn, said = await answer("When are you open?")
    assert turn.answered_by != "cache"
    assert said.text != hours.text
