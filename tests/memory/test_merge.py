"""Merging: the newer holds, the older stays dated, and what people corrected stays corrected."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from memory.models import UserMemory
from memory.remember import rights
from memory.remember.candidates import Action, Candidate, Said
from memory.remember.identifying import merge_contacts
from memory.remember.merging import merge
from memory.scope import staff_scope
from tests.memory.remembering import TUESDAY, Talk, ignored, rows_of, texts

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def said(text, at=TUESDAY, number=1, **more):
    from uuid import UUID

    return Candidate(text, Said(number, UUID(int=1), True, text, at), **more)


def at_home(place, at=TUESDAY):
    return said(f"The user lives in {place}.", at, subject="home", exclusive=True)


def held(contact):
    with staff_scope():
        return list(UserMemory.objects.filter(contact_id=contact, superseded_at=None))


def test_a_newer_fact_supersedes_and_the_older_stays_dated(alice):
    merge(alice.pk, [at_home("Bonn"), at_home("Berlin", TUESDAY + DAY)])
    merge(alice.pk, [at_home("Bonn")])  # read once more
    merge(alice.pk, [at_home("Cologne", TUESDAY - DAY)])  # older than what is known
    assert texts(alice.pk) == ["The user lives in Berlin."]
    with staff_scope():
        old = UserMemory.objects.get(text__contains="Bonn")
        assert (old.superseded_by.text, old.holds_until) == ("The user lives in Berlin.", TUESDAY + DAY)
    merge(alice.pk, [at_home("Bonn", TUESDAY + 2 * DAY)])  # moved back
    assert texts(alice.pk) == ["The user lives in Bonn."]
    assert ("older than what is known", "The user lives in Cologne.") in ignored(alice.pk)


def test_opinions_that_contradict_each_other_do_not_both_hold(alice):
    merge(alice.pk, [said("The user likes coffee.", kind="preference", subject="coffee", exclusive=True)])
    later = said("The user does not like coffee.", TUESDAY + DAY, kind="preference", subject="coffee", exclusive=True)
    merge(alice.pk, [later])
    assert texts(alice.pk) == ["The user does not like coffee."]


def test_a_thousand_near_duplicates_are_one_memory(alice):
    ways = (
        "The user has a black dog.",
        "the user has a black dog",
        "The user just has a black dog!",
        "The user now has a black dog.",
    )
    for start in range(0, 1000, 100):
        merge(alice.pk, [said(ways[n % 4], TUESDAY + n * timedelta(minutes=1), n) for n in range(start, start + 100)])
    [memory] = held(alice.pk)
    assert memory.said_at > TUESDAY + timedelta(minutes=990)
    assert ignored(alice.pk) == []


def test_names_numbers_and_negations_keep_memories_apart(alice):
    merge(alice.pk, [said(f"The user's {who} is called Mia.") for who in ("daughter", "sister")])
    merge(alice.pk, [said(f"The user ordered {n} pumps for the workshop in May.") for n in (2, 3)])
    merge(
        alice.pk, [said("The user eats meat at home on weekdays."), said("The user eats no meat at home on weekdays.")]
    )
    assert len(texts(alice.pk)) == 6


def test_a_model_can_update_and_supersede_what_it_was_shown(alice):
    merge(alice.pk, [said("The user rides a bike."), said("The user drinks tea.")])
    bike, tea = sorted(each.pk for each in held(alice.pk))
    update = said("The user rides a red gravel bike.", TUESDAY + DAY, action=Action.UPDATE, target=bike)
    replace = said("The user stopped drinking tea.", TUESDAY + DAY, action=Action.SUPERSEDE, target=tea)
    skip = said("The user asked something.", action=Action.IGNORE, reason="a question")
    merge(alice.pk, [update, replace, skip])
    assert texts(alice.pk) == ["The user rides a red gravel bike.", "The user stopped drinking tea."]
    assert ignored(alice.pk) == [("a question", "The user asked something.")]


def test_a_correction_stays_until_something_newer_is_said(alice):
    merge(alice.pk, [at_home("Bonn"), said("The user owns a Dahon bike.")])
    home, bike = sorted(held(alice.pk), key=lambda each: each.pk)
    rights.correct(alice.pk, home.pk, "I live in Potsdam.")
    rights.correct(alice.pk, bike.pk, "The user owns a Brompton bike.", by=UserMemory.Origin.STAFF)
    right = ["I live in Potsdam.", "The user owns a Brompton bike."]
    merge(alice.pk, [at_home("Bonn"), said("The user owns a Dahon bike.")])
    merge(
        alice.pk,
        [said("The user lives in Bonn.", subject="home", action=Action.SUPERSEDE, target=held(alice.pk)[1].pk)],
    )
    assert texts(alice.pk) == right
    assert {reason for reason, _ in ignored(alice.pk)} == {"corrected since"}
    from django.utils import timezone

    merge(alice.pk, [at_home("Hamburg", timezone.now() + DAY)])
    assert texts(alice.pk) == ["The user owns a Brompton bike.", "The user lives in Hamburg."]


async def test_an_anonymous_contacts_memories_become_the_identified_ones(alice, visitor, outsider):
    await Talk(alice.pk).say("I live in Bonn.", "I like tea.", at=TUESDAY - DAY)
    talk = Talk(visitor.pk)
    await talk.say("I live in Berlin.", "I like tea.", "My dog is called Rex.")
    joined = await sync_to_async(merge_contacts)(visitor.pk, alice.pk)
    await sync_to_async(merge_contacts)(visitor.pk, alice.pk)
    assert (joined.moved, joined.doubled) == (2, 1)
    assert sorted(await sync_to_async(texts)(alice.pk)) == [
        "The user likes tea.", "The user lives in Berlin.", "The user's dog is called Rex.",
    ]  # fmt: skip
    assert set((await sync_to_async(rows_of)(visitor.pk)).values()) == {0}
    with pytest.raises(ValueError, match="different sites"):
        await sync_to_async(merge_contacts)(outsider.pk, alice.pk)


def test_who_was_off_before_stays_off_afterwards(alice, visitor):
    rights.switch(visitor.pk, on=False)
    rights.switch(alice.pk, on=True)
    merge_contacts(visitor.pk, alice.pk)
    assert not rights.remembers(alice.pk)
