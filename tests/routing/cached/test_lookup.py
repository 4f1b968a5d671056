"""A turn asks for a stored answer: who gets it, and when."""

import pytest
from asgiref.sync import sync_to_async

from routing import cached
from routing.cached.keeping import keeper

pytestmark = pytest.mark.django_db(transaction=True)

RETURNS = ("How do I return an item?", "What is your return policy?", "Can I send something back?", "How do returns work?")


@pytest.fixture
def answers(site, store):
    return store("Within 30 days.", *RETURNS), store("By card or PayPal.", "How can I pay?", "Which cards do you take?")


async def found(question):
    return (await cached.lookup(question)).hit


async def test_the_same_words_are_answered_without_a_vector(answers, asked):
    await cached.ready()
    hit = cached.exact(asked("hello, how do I return an item please??", vector=None))
    assert hit.text == "Within 30 days."
    assert hit.exact


async def test_the_same_meaning_is_answered(answers, asked):
    hit = await found(asked("how can I return my item?"))
    assert hit.answer_id == answers[0].pk
    assert not hit.exact


async def test_something_else_is_not(answers, asked):
    found = await cached.lookup(asked("Do you sell gift cards?"))
    assert found.hit is None
    assert found.note["refused_by"]
