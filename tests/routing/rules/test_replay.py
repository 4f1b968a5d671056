"""Last week's turns, decided once more: shares and costs before and after, and only of the site that was asked for."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from conversations.models import Turn
from routing.models import AnsweredBy, Model, Provider
from routing.ready import ready_now
from routing.rules import Rule
from routing.rules.past import one_past_turn, past_turns
from routing.rules.replay import replay

pytestmark = pytest.mark.django_db
REFUND = {"kind": "words", "words": ["refund"]}


@pytest.fixture
def models():
    provider = Provider.objects.create(name="Ready", vendor="openai", base_url="http://127.0.0.1:9/v1")
    large = {"input_price": 10, "output_price": 50, "size": "large", "order": 1}
    small = {"input_price": 1, "output_price": 5, "size": "small", "order": 2}
    return [
        Model.objects.create(provider=provider, name=name, **values)
        for name, values in (("large", large), ("small", small))
    ]


def turn(contact, text, *, before=0, **values):
    conversation = contact.conversations.create(site=contact.site)
    for _ in range(before):
        conversation.messages.create(role="contact", text="before")
    message = conversation.messages.create(role="contact", text=text)
    finished = {"state": "answered", "finished_at": timezone.now(), "answered_by": AnsweredBy.MODEL}
    return Turn.objects.create(conversation=conversation, message=message, **{**finished, **values})


def used(model):
    cost = model.cost(1000, 0, 100)
    tokens = {"input_tokens": 1000, "cached_input_tokens": 0, "output_tokens": 100, "cost": cost}
    return {"model": model, "model_name": model.name, **tokens}


def rule(number, condition, *model_ids, text="Hello"):
    action = {"kind": "models", "models": list(model_ids)} if model_ids else {"kind": "text", "text": text}
    return Rule.parse(id=number, name=f"rule {number}", site_id=None, condition=condition, action=action)


def test_a_past_turn_is_what_routing_saw_then(visitor, alice, tiers):
    notes = [
        {"article_id": 4, "title": "Returns", "url": "/r", "score": 0.9},
        {"article_id": 4, "title": "Returns", "url": "/r", "score": 0.8},
        {"title": "Of an older version", "url": "/o", "score": 0.5},
    ]
    stored = turn(alice, "a refund", before=2, score=0.3, passages=notes)
    question = past_turns(alice.site_id).turns[0].question
    assert (question.text, question.messages, question.score) == ("a refund", 2, 0.3)
    assert (question.audience_key, question.audience_id) == ("identified", tiers["identified"].pk)
    assert [(each.article_id, each.score) for each in question.articles] == [(4, 0.9), (0, 0.5)]
    assert (question.conversation, question.asked_at) == (str(stored.conversation_id), stored.message.created_at)


def test_past_turns_are_of_the_site_alone_of_the_last_days_and_sampled_evenly(visitor, outsider):
    ours = [turn(visitor, f"question {number}") for number in range(10)]
    turn(visitor, "old", finished_at=timezone.now() - timedelta(days=8))
    turn(visitor, "failed", state="failed")
    theirs = turn(outsider, "theirs")
    past = past_turns(visitor.site_id, most=5)
    assert past.total == 10
    assert [each.id for each in past.turns] == [each.pk for each in ours[::2]]
    assert past_turns(None).total == 11
    assert one_past_turn(turn_id=theirs.pk, site_id=visitor.site_id) is None
    assert one_past_turn(turn_id=theirs.pk).question.text == "theirs"
    assert one_past_turn(conversation=str(ours[3].conversation_id)).id == ours[3].pk
    with pytest.raises(ValueError, match="badly formed"):
        one_past_turn(conversation="3")


def test_a_replay_says_what_changes_in_shares_and_in_cost(visitor, models):
    large, small = models
    turn(visitor, "a refund", score=0.9, **used(large))
    turn(visitor, "hello", score=0.1, **used(small))
    turn(visitor, "cached refund", answered_by=AnsweredBy.CACHE)
    turn(visitor, "a refund, from the articles", score=0.9, answered_by=AnsweredBy.ARTICLES)
    after = [rule(1, REFUND, small.pk), rule(2, {"kind": "length", "most": 8}, text="Too short")]
    found = replay([], after, past_turns(visitor.site_id), ready_now(), 0.5)
    assert (found.sampled, found.cached, found.before.total.turns, found.after.total.turns) == (4, 1, 3, 3)
    assert found.before.total.cost == 2 * Decimal("0.015") + Decimal("0.0015")
    assert found.after.total.cost == 2 * Decimal("0.0015"), "the text costs nothing"
    assert {name: each.turns for name, each in found.before.answers.items()} == {"large": 2, "small": 1}
    assert {name: each.turns for name, each in found.after.answers.items()} == {"small": 2, "a text": 1}
    assert {place: each.turns for place, each in found.after.rules.items()} == {0: 2, 1: 1}
    assert [(each.turn.question.text, each.before.answers, each.after.answers) for each in found.changes] == [
        ("a refund", "large", "small"),
        ("hello", "small", "a text"),
        ("a refund, from the articles", "large", "small"),
    ]
    assert found.together == {(0, 1): 1}, "both rules hold for “a refund”"


def test_without_a_price_the_turn_is_counted_as_not_priced(visitor, models):
    large, _ = models
    unknown = Model.objects.create(provider=large.provider, name="unknown")
    turn(visitor, "a refund", **used(large))
    found = replay([], [rule(1, REFUND, unknown.pk)], past_turns(), ready_now(), 0.5)
    assert (found.after.total.cost, found.after.total.unpriced) == (0, 1)
