"""What is asked often is suggested once, with the answer most others agree with, and served to nobody."""

from decimal import Decimal

import pytest
from django.utils import timezone

from conversations.labels import message, recent_messages
from conversations.models import Conversation, Message, Rating, Role, Turn, TurnState
from conversations.suggestions import asked_since
from routing.cached import suggestions
from routing.cached.accepting import accept, reject
from routing.cached.suggestions import Asked, clusters, suggest
from routing.models import AnsweredBy, AnswerSuggestion, CachedAnswer, CachePolicy

pytestmark = pytest.mark.django_db
ON, OFF = "Go to Settings and switch notifications on.", "Go to Settings and switch notifications off."


@pytest.fixture
def talk(site):
    """Visitors who each ask a question and are answered by a model."""

    def make(question, answer, people=1, name="", **values):
        for _ in range(people):
            contact = site.contacts.create(key=f"anon:{site.contacts.count()}", name=name)
            conversation = Conversation.objects.create(site=site, contact=contact)
            message = conversation.messages.create(role=Role.CONTACT, text=question)
            turn = _answered(message, **values)
            Message.objects.create(conversation=conversation, role=Role.BOT, text=answer, turn=turn)
        return turn

    return make


def _answered(message, answered_by=AnsweredBy.MODEL):
    return Turn.objects.create(
        conversation=message.conversation,
        message=message,
        state=TurnState.ANSWERED,
        finished_at=timezone.now(),
        answered_by=answered_by,
        cost=Decimal("0.01"),
    )


def test_what_was_forgotten_is_learned_from_by_nobody(talk):
    turn = talk("When are you open?", "From 9 to 17.")
    assert [asked.question for asked in asked_since(turn.finished_at, 9)] == ["When are you open?"]
    assert [row.id for row in recent_messages(9, [])] == [turn.message_id]
    Message.objects.filter(pk=turn.message_id).update(forgotten_at=timezone.now())
    assert asked_since(turn.finished_at, 9) == []
    assert recent_messages(9, []) == []
    assert message(turn.message_id) is None


def questions(cluster):
    return {text.text for text in cluster.texts}


def test_opposites_are_not_taken_for_the_same(site):
    pairs = [
        ("How do I turn on notifications?", "How do I turn off notifications?"),
        ("Can I pay with PayPal?", "Can I not pay with PayPal?"),
        ("How do I transfer money from savings to checking?", "How do I transfer money from checking to savings?"),
        ("Is delivery within 2 days possible?", "Is delivery within 5 days possible?"),
    ]
    asked = [Asked(site.pk, n, text, "x") for n, text in enumerate(text for pair in pairs for text in pair)]
    found = [questions(cluster) for cluster in clusters(asked)]
    for pair in pairs:
        assert not any(set(pair) <= one for one in found), pair


def test_ways_to_ask_the_same_are_one_suggestion_with_the_answer_most_agree_with(talk):
    talk("How can I return an item?", "You can return it within 30 days of delivery.", people=3)
    talk("how can i return my item", "You can return it within 30 days of delivery, free of charge.")
    talk("How can I return an item", "Please ask the moon for a stamp of 7 crowns.")
    assert suggest() == 1
    row = AnswerSuggestion.objects.get()
    assert (row.question, row.count, row.cost) == ("How can I return an item?", 5, Decimal("0.05"))
    assert row.consistency == pytest.approx(0.8)
    assert "within 30 days" in row.answer
    assert len(row.questions) == 2
    assert not CachedAnswer.objects.exists(), "nothing is served before approval"
    assert suggest() == 0, "the same one is brought up to date"
    answer = accept(row)
    assert (answer.state, answer.questions.count()) == ("approved", 2)
    assert suggest() == 0, "it has an answer now"
    assert AnswerSuggestion.objects.count() == 1


def test_what_was_rejected_does_not_come_back(talk):
    talk("Do you sell gift cards?", "Yes, from 10 to 200 euros.", people=3)
    suggest()
    reject(AnswerSuggestion.objects.get())
    talk("do you sell any gift cards?", "Yes, from 10 to 200 euros.", people=5)
    assert suggest() == 0
    assert AnswerSuggestion.objects.get().state == AnswerSuggestion.State.REJECTED


def test_personal_leaning_disliked_and_ready_made_turns_are_not_suggested_from(talk, site):
    for text in (
        "My e-mail is anna@shop.example, do you have it?",
        "Call me at +49 170 1234567 please",
        "My name is Anna Smith, do you know me?",
        "Where is my parcel?",
        "What about order 4711-2233?",
        "and how much is that?",
        "Can Anna have a discount?",
    ):
        talk(text, "Yes.", people=3, name="Anna Smith")
    talk("Is it open on Sundays?", "Yes.", people=3, answered_by=AnsweredBy.CACHE)
    one = talk("Do you ship to Norway?", "Yes, in five days.", people=3)
    Rating.objects.create(message=one.answer, value=Rating.Value.DOWN)
    gathered = asked_since(timezone.now() - suggestions.WEEKS, 100)
    assert {each.question for each in gathered} == {"Do you ship to Norway?"}
    assert [each.disliked for each in gathered].count(True) == 1
    assert suggest() == 0, "two that liked it are too few"


def test_automatic_approval_needs_the_policy_and_its_conditions(talk):
    policy = CachePolicy.objects.update_or_create(
        pk=1, defaults={"approve_alone": True, "approve_count": 4, "approve_consistency": 0.9}
    )[0]
    talk("Do you repair bicycles?", "Yes, every weekday from nine to five.", people=3)
    suggest()
    assert not CachedAnswer.objects.exists()
    talk("Do you repair bicycles?", "Yes, every weekday from nine to five.", people=1)
    CachePolicy.objects.filter(pk=policy.pk).update(approve_alone=False)
    suggest()
    assert not CachedAnswer.objects.exists()
    CachePolicy.objects.filter(pk=policy.pk).update(approve_alone=True)
    suggest()
    answer = CachedAnswer.objects.get()
    assert (answer.state, answer.approved_by) == ("approved", None)
