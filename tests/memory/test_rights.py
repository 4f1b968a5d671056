"""What contacts and staff may do with what is remembered, and that forgotten means gone."""

import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from memory.models import RememberedMessage, UserMemory
from memory.recall import prompt_section, recall
from memory.remember import asking, exporting, register_model, rights, take_reply
from memory.remember.erasing import NotErasedEverywhere, erase, erased
from memory.remember.identifying import merge_contacts
from memory.scope import staff_scope
from memory.stores.base import Store, StoreError
from tests.memory.remembering import TUESDAY, Talk, arows, atexts, read, texts

pytestmark = pytest.mark.django_db(transaction=True)


async def test_forgetting_everything_leaves_nothing_anywhere_and_nothing_of_others(alice, visitor, redis_clean):
    queued = {}

    def ask(purpose, key, *_, **__):
        queued[key] = purpose
        return True

    register_model(
        ask, lambda _, beginning: sum(1 for key in list(queued) if key.startswith(beginning) and queued.pop(key))
    )
    told = []
    receiver = lambda contact_id, **_: told.append(contact_id)  # noqa: E731
    erased.connect(receiver)
    try:
        for contact in (alice, visitor):
            await Talk(contact.pk).say("I live in Berlin.", "Hello!", "I moved to Bonn.")
        before = await arows(visitor.pk)
        key = next(key for key in queued if key.startswith(str(alice.pk)))
        await sync_to_async(rights.forget_everything)(alice.pk)
    finally:
        erased.disconnect(receiver)
        asking.forget_model()
    assert set((await arows(alice.pk)).values()) == {0}
    assert [each for each in queued if each.startswith(str(alice.pk))] == []
    assert told == [alice.pk]
    assert await arows(visitor.pk) == before
    await take_reply(
        key, {"memories": [{"kind": "fact", "subject": "", "text": "The user is back.", "message": 1, "action": "add"}]}
    )
    await read(alice.pk)
    assert set((await arows(alice.pk)).values()) == {0}


async def test_a_contact_who_is_deleted_takes_everything_along(alice, visitor, redis_clean):
    told, withdrawn = [], []
    receiver = lambda contact_id, **_: told.append(contact_id)  # noqa: E731
    erased.connect(receiver)
    register_model(lambda *_, **__: None, lambda _, beginning: withdrawn.append(beginning) or 0)
    try:
        await Talk(alice.pk).note("I live in Berlin.")
        await alice.adelete()
    finally:
        erased.disconnect(receiver)
        asking.forget_model()
    assert told[0] is not None
    assert withdrawn == [f"{told[0]}:"]
    assert set((await arows(told[0])).values()) == {0}


def test_erasing_reaches_turns_that_wait_and_an_export_holds_what_was_said(alice, visitor):
    from conversations.models import Conversation, Turn

    turns = []
    for contact in (alice, visitor):
        conversation = Conversation.objects.create(site=contact.site, contact=contact)
        message = conversation.messages.create(role="contact", text=f"I am {contact.key}.")
        plan = {"memories": "They live in Berlin.", "hits": []}
        turns.append(Turn.objects.create(conversation=conversation, message=message, plan=plan))
    assert [row["text"] for row in exporting.export(alice.pk)["said"]] == ["I am id:alice."]
    erase(alice.pk)
    for turn in turns:
        turn.refresh_from_db()
    assert [turn.plan["memories"] for turn in turns] == ["", "They live in Berlin."]
    assert turns[0].plan["hits"] == []


def test_a_part_that_could_not_be_erased_is_told(alice):
    def away(**_):
        raise OSError("the vector store is away")

    erased.connect(away)
    try:
        with pytest.raises(NotErasedEverywhere, match="the vector store is away"):
            erase(alice.pk)
    finally:
        erased.disconnect(away)


async def test_one_memory_is_deleted_with_its_history_and_the_copies_that_it_came_from(alice, redis_clean):
    talk = Talk(alice.pk)
    await talk.say("I like tea.", "I live in Zagreb.", "I moved to Bonn.", "My dog is called Rex.")
    home = next(each for each in await sync_to_async(rights.memories)(alice.pk) if "Bonn" in each.text)
    assert await sync_to_async(rights.forget)(alice.pk, home.pk) == 2
    assert await sync_to_async(rights.forget)(alice.pk, home.pk) == 0
    assert await atexts(alice.pk, all_of_them=True) == ["The user likes tea.", "The user's dog is called Rex."]

    def left():
        with staff_scope():
            return [f"{row.text} {row.searchable}" for row in RememberedMessage.objects.filter(contact_id=alice.pk)]

    copies = await sync_to_async(left)()
    assert len(copies) == 2
    assert "agreb" not in str(copies)


def test_a_contact_reaches_only_its_own(alice, visitor):
    memory = rights.add(alice.pk, "Lives in Bonn.")
    with pytest.raises(rights.NotPossible):
        rights.correct(visitor.pk, memory.pk, "Lives in Rome.")
    assert rights.forget(visitor.pk, memory.pk) == 0
    assert rights.memories(visitor.pk) == []
    assert texts(alice.pk) == ["Lives in Bonn."]


@pytest.mark.parametrize("text", ["", "  \0 ", "x" * 501, "my card is 4111 1111 1111 1111"])
def test_a_correction_that_cannot_be_kept_says_why(alice, text):
    memory = rights.add(alice.pk, "Lives in Bonn.")
    with pytest.raises(rights.NotPossible):
        rights.correct(alice.pk, memory.pk, text)
    assert texts(alice.pk) == ["Lives in Bonn."]


def test_staff_find_edit_and_merge(alice, visitor):
    one, two = rights.add(alice.pk, "Owns a Brompton."), rights.add(alice.pk, "Rides a folding bike.")
    rights.add(visitor.pk, "Owns a Dahon.")
    assert [each.text for each in rights.find("own")] == ["Owns a Dahon.", "Owns a Brompton."]
    assert [each.pk for each in rights.find("brompt", contact_id=alice.pk)] == [one.pk]
    merged = rights.merge_two(alice.pk, one.pk, two.pk, "Owns and rides a Brompton.")
    assert texts(alice.pk) == ["Owns and rides a Brompton."]
    edited = rights.correct(alice.pk, merged.pk, "Owns a red Brompton.", by=UserMemory.Origin.STAFF)
    assert edited.origin == UserMemory.Origin.STAFF
    with pytest.raises(rights.NotPossible):
        rights.correct(alice.pk, merged.pk, "Too late.")


async def test_an_export_is_json_and_of_one_contact(alice, visitor, redis_clean):
    await Talk(alice.pk).say("I live in Bonn.", "Hello!")
    await Talk(visitor.pk).say("I live in Rome.")
    exporting.register_exporter("test", lambda contact_id: {"id": str(contact_id)})
    try:
        data = await sync_to_async(exporting.export)(alice.pk)
    finally:
        exporting._exporters.pop("test")
    text = json.dumps(data)
    assert data["memories"][0]["text"] == "The user lives in Bonn."
    assert [row["text"] for row in data["messages"]] == ["I live in Bonn.", "Hello!"]
    assert data["ignored"][0]["reason"] == "small talk"
    assert data["test"] == {"id": str(alice.pk)}
    assert "Rome" not in text


class Elsewhere(Store):
    """A store outside of Postgres, as small as one can be."""

    kept, away = {}, False

    def check(self):
        return []

    async def keep(self, contact_id, entries):
        self.kept.setdefault(contact_id, set()).update(entry.id for entry in entries)

    async def nearest(self, contact_id, vector, embedder, limit):
        return dict.fromkeys(sorted(self.kept.get(contact_id, ()))[:limit], 1.0)

    async def forget(self, contact_id, ids):
        self.kept[contact_id] -= set(ids)

    async def forget_all(self, contact_id):
        if Elsewhere.away:
            raise StoreError("The store is away.")
        self.kept.pop(contact_id, None)


def test_vectors_in_a_store_of_their_own_go_with_their_memories(alice, visitor, monkeypatch):
    monkeypatch.setattr("memory.remember.vectors.store", Elsewhere)
    teas = [rights.add(alice.pk, f"Likes {tea} tea.") for tea in ("green", "black", "mint")]
    Elsewhere.kept = {alice.pk: {each.pk for each in teas}, visitor.pk: {1, 2}}
    rights.forget(alice.pk, teas[0].pk)
    rights.correct(alice.pk, teas[1].pk, "Likes white tea.")
    assert Elsewhere.kept[alice.pk] == {teas[2].pk}
    monkeypatch.setattr(Elsewhere, "away", True)
    with pytest.raises(NotErasedEverywhere, match="The store is away"):
        erase(alice.pk)
    monkeypatch.setattr(Elsewhere, "away", False)
    erase(alice.pk)
    assert Elsewhere.kept == {visitor.pk: {1, 2}}
    merge_contacts(visitor.pk, alice.pk)
    assert Elsewhere.kept == {}


async def test_it_knows_in_a_new_conversation_stays_corrected_and_forgets(alice, redis_clean):
    async def answers(question):
        return prompt_section(await recall(alice.pk, question, None, site_id=alice.site_id))

    await Talk(alice.pk).say("I live in Zagreb.", at=TUESDAY - timedelta(days=1))
    assert "The user lives in Zagreb." in await answers("Where do I live?")
    [memory] = await sync_to_async(rights.memories)(alice.pk)
    await sync_to_async(rights.correct)(alice.pk, memory.pk, "The user lives in Split.")
    await read(alice.pk)
    known = await answers("Where do I live?")
    assert "Split" in known
    assert "Zagreb" not in known
    await sync_to_async(rights.switch)(alice.pk, on=False)
    assert await answers("Where do I live?") == ""
    await sync_to_async(rights.switch)(alice.pk, on=True)
    await sync_to_async(rights.forget_everything)(alice.pk)
    assert await answers("Where do I live?") == ""
