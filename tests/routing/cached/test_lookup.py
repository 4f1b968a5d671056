"""A turn asks for a stored answer: who gets it, and when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from routing import cached
from routing.models import CachedAnswer, CachePolicy

pytestmark = pytest.mark.django_db(transaction=True)

RETURNS = ("How do I return an item?", "Where do I send an item back?", "Can I return an item?", "How do returns work?")


@pytest.fixture
def answers(site, store):
    return store("Use the label in the box.", *RETURNS), store("By card or PayPal.", "How can I pay?", "Ways to pay")


async def found(question):
    await cached.settled_index()
    return (await cached.lookup(question)).hit


async def test_the_same_words_are_answered_without_a_vector(answers, asked):
    await cached.settled_index()
    hit = cached.exact(asked("hello, how do I return an item please??", vector=None))
    assert hit.text == "Use the label in the box."
    assert hit.exact


async def test_the_same_meaning_is_answered_and_something_else_is_not(answers, asked):
    hit = await found(asked("how can I return my item?"))
    assert hit.answer_id == answers[0].pk
    assert not hit.exact
    other = await cached.lookup(asked("Do you sell gift cards?"))
    assert other.hit is None
    assert other.note["refused_by"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How do I not return an item?", "negated"),
        ("Can I return 3 items?", "other number"),
        ("and the second one?", "points back"),
        ("Can I return my order 48291?", "one contact"),
        ("what did I say about returning an item", "said earlier"),
    ],
)
async def test_what_is_turned_round_or_does_not_stand_alone_is_refused_with_the_reason(
    answers, asked, question, reason
):
    await cached.settled_index()
    explained = await cached.explain(asked(question, messages=2))
    assert explained.hit is None
    assert reason in (explained.refused or explained.near[0].refused_by)


async def test_an_answer_of_one_site_is_never_given_on_another(answers, asked, site, other_site, store_async):
    await store_async("Only here.", "Do you repair shoes?", site=site)
    assert (await found(asked("Do you repair shoes?"))).text == "Only here."
    assert await found(asked("Do you repair shoes?", site_id=other_site.pk)) is None
    assert (await found(asked("How can I pay?", site_id=other_site.pk))).text == "By card or PayPal.", "of all sites"


async def test_language_audience_and_time_bound_an_answer(answers, asked, tiers, store_async):
    now = timezone.now()
    await store_async("Nur auf Deutsch.", "How does the warranty work here?", language="de")
    await store_async("For premium.", "Do I get express delivery?", audiences=[tiers["premium"]])
    await store_async("Not yet.", "Is there a winter sale?", valid_from=now + timedelta(hours=1))
    await store_async("Too old.", "Is there a loyalty card?", lifetime_days=30, approved_at=now - timedelta(days=31))
    await store_async("Draft.", "Do you have a shop in town?", state=CachedAnswer.State.REVIEW)
    for text in ("How does the warranty work here?", "Do I get express delivery?", "Is there a winter sale?",
                 "Is there a loyalty card?", "Do you have a shop in town?"):  # fmt: skip
        assert await found(asked(text)) is None, text
    assert await found(asked("Do I get express delivery?", audience_id=tiers["premium"].pk))
    assert await found(asked("Is there a winter sale?", asked_at=now + timedelta(hours=2)))


async def test_two_answers_with_the_same_question_and_other_texts_are_not_served_exactly(answers, asked, store_async):
    await store_async("By invoice.", "How can I pay?")
    await cached.settled_index()
    assert cached.exact(asked("How can I pay?")) is None


async def test_the_policy_can_switch_off_the_meaning_or_everything(answers, asked):
    await CachePolicy.objects.acreate(id=1, semantic=False)
    assert await found(asked("how can I return my item?")) is None
    assert await found(asked("How can I pay"))
    await CachePolicy.objects.filter(id=1).aupdate(enabled=False)
    assert await found(asked("How can I pay")) is None
