"""One contract for every store: what is kept is found, by its contact only, and what is erased is gone."""

from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from memory.embedding import Vectors, embedder
from memory.models import DIMENSIONS, UserMemory
from memory.recall import recall
from memory.recall.vectors import embed_missing, missing
from memory.scope import contact_scope
from memory.stores import Entry, Store, store
from memory.stores.base import StoreError
from memory.stores.pgvector import PgVectorStore
from memory.stores.qdrant import QdrantStore
from parley.threads import in_database_thread
from people.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)
QDRANT = {"STORE": {"BACKEND": "memory.stores.qdrant.QdrantStore", "OPTIONS": {"location": ":memory:"}}}
NAME = "tests"


def direction(number: int) -> Vectors:
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[number] = 1
    return vector


@pytest.fixture(params=[PgVectorStore, lambda: QdrantStore(location=":memory:")], ids=["pgvector", "qdrant"])
def any_store(request: pytest.FixtureRequest) -> Store:
    return request.param()


@pytest.fixture
def ids(alice: Contact, outsider: Contact) -> dict[str, list[int]]:
    """Three memories of Alice and three of the outsider."""
    made = {}
    for name, contact in (("alice", alice), ("outsider", outsider)):
        with contact_scope(contact.id):
            made[name] = [UserMemory.objects.create(contact=contact, text=f"Number {n}.").id for n in range(3)]
    return made


async def test_every_store_keeps_the_contract(
    any_store: Store, alice: Contact, outsider: Contact, ids: dict[str, list[int]]
) -> None:
    own, others = ids["alice"], ids["outsider"]
    await any_store.keep(alice.id, [Entry(number, direction(place), NAME) for place, number in enumerate(own)])
    await any_store.keep(outsider.id, [Entry(number, direction(0), NAME) for number in others])
    found = await any_store.nearest(alice.id, direction(1), NAME, 2)
    assert next(iter(found)) == own[1], "the nearest comes first"
    assert found[own[1]] == pytest.approx(1, abs=1e-3)
    assert len(found) == 2

    await any_store.keep(alice.id, [Entry(own[0], direction(5), NAME)])
    assert list(await any_store.nearest(alice.id, direction(5), NAME, 1)) == [own[0]], "a later vector replaces"
    assert await any_store.nearest(alice.id, direction(1), "another", 5) == {}, "spaces are never mixed"
    assert await any_store.nearest(uuid4(), direction(1), NAME, 5) == {}

    await any_store.keep(alice.id, [Entry(others[0], direction(7), NAME)])
    await any_store.forget(alice.id, others)
    assert set(await any_store.nearest(outsider.id, direction(0), NAME, 5)) == set(others), "others' ids reach nothing"
    kept = await any_store.nearest(outsider.id, direction(0), NAME, 5)
    assert min(kept.values()) == pytest.approx(1, abs=1e-3)

    await any_store.forget(alice.id, [own[0], 10**12])
    assert own[0] not in await any_store.nearest(alice.id, direction(5), NAME, 5)
    await any_store.forget_all(alice.id)
    assert await any_store.nearest(alice.id, direction(1), NAME, 5) == {}
    assert len(await any_store.nearest(outsider.id, direction(0), NAME, 5)) == 3


async def test_recall_takes_its_meaning_from_the_store_that_settings_name(
    alice: Contact, outsider: Contact, settings: Any
) -> None:
    settings.MEMORY = settings.MEMORY | QDRANT

    def remember() -> None:
        for contact in (alice, outsider):
            with contact_scope(contact.id):
                for text in ("Ordered a green raincoat.", "Lives in Lisbon.", "Has a cat called Minka."):
                    UserMemory.objects.create(contact=contact, text=text)

    await in_database_thread(remember)
    assert await in_database_thread(missing) == 6
    assert await in_database_thread(embed_missing) == 6
    assert await in_database_thread(embed_missing) == 0
    question = "Which jacket did I buy?"
    vector = embedder().embed([question])[0]
    recalled = await recall(alice.id, question, vector, site_id=alice.site_id)
    assert recalled.memories[0].text == "Ordered a green raincoat."
    assert recalled.memories[0].cosine == pytest.approx(recalled.memories[0].cosine, abs=1e-3)


async def test_a_store_that_is_away_leaves_the_words(alice: Contact, settings: Any) -> None:
    settings.MEMORY = {
        "STORE": {"BACKEND": "memory.stores.qdrant.QdrantStore", "OPTIONS": {"url": "http://127.0.0.1:1", "timeout": 1}}
    }
    await in_database_thread(_cat, alice)
    recalled = await recall(alice.id, "cat", direction(0), site_id=alice.site_id)
    assert [memory.text for memory in recalled.memories] == ["Has a cat."]
    assert recalled.note["store"]
    with pytest.raises(StoreError):
        await store().forget_all(alice.id)


def _cat(contact: Contact) -> None:
    with contact_scope(contact.id):
        UserMemory.objects.create(contact=contact, text="Has a cat.")


def test_a_store_that_cannot_be_is_told_at_the_start(settings: Any) -> None:
    assert PgVectorStore().check() == []
    assert [message.id for message in QdrantStore().check()] == ["memory.E007"]
    for wrong in ("memory.stores.nothing.Store", "memory.models.UserMemory"):
        settings.MEMORY = {"STORE": {"BACKEND": wrong}}
        with pytest.raises(ImproperlyConfigured, match="BACKEND"):
            store()
