"""One contract for every store: what is kept is found, by its contact only, and what is erased is gone."""

import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from memory.embedding import Vectors, embedder
from memory.models import DIMENSIONS, UserMemory
from memory.recall import recall
from memory.recall.search import PATIENCE, STORE_PATIENCE
from memory.recall.vectors import embed_missing, missing
from memory.remember import erase
from memory.scope import contact_scope
from memory.stores import Entry, Store, outside, store
from memory.stores.base import StoreError
from memory.stores.outside import OutsideStore
from memory.stores.pgvector import PgVectorStore
from memory.stores.pinecone import PineconeStore
from memory.stores.qdrant import QdrantStore
from memory.stores.weaviate import WeaviateStore
from parley.threads import in_database_thread
from people.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)
NAME, OTHER = "tests", "tests:another"
QDRANT, WEAVIATE, PINECONE = (
    f"memory.stores.{name}" for name in ("qdrant.QdrantStore", "weaviate.WeaviateStore", "pinecone.PineconeStore")
)


class Servers(NamedTuple):
    """How settings name each store that is outside of Postgres, and what holds two of them up."""

    named: dict[str, dict[str, Any]]
    slow: dict[str, Any]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    from tests.memory.standins import pinecone, weaviate  # a second and more for Weaviate's client

    with ExitStack() as stack:
        url, grpc, standing_in = stack.enter_context(weaviate.weaviate())
        index_url, index = stack.enter_context(pinecone.pinecone(DIMENSIONS))
        keyed = {"url": index_url, "api_key": pinecone.KEY}
        yield Servers(
            {
                "qdrant": {"BACKEND": QDRANT, "OPTIONS": {"location": ":memory:"}},
                "weaviate": {"BACKEND": WEAVIATE, "OPTIONS": {"url": url, "grpc": grpc, "api_key": weaviate.KEY}},
                "pinecone": {"BACKEND": PINECONE, "OPTIONS": keyed},
                "pinecone, shared": {"BACKEND": PINECONE, "OPTIONS": keyed | {"namespaces": 1}},
            },
            {"weaviate": standing_in, "pinecone": index},
        )


@pytest.fixture(params=["pgvector", "qdrant", "weaviate", "pinecone", "pinecone, shared"])
async def any_store(
    request: pytest.FixtureRequest, servers: Servers, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Store]:
    """The store that settings name. Nothing here is about time."""
    monkeypatch.setattr(outside, "READ_SECONDS", 30)
    if request.param != "pgvector":
        settings.MEMORY = settings.MEMORY | {"STORE": servers.named[request.param]}
    await in_database_thread(store().warm_up)
    yield store()
    if isinstance(found := store(), OutsideStore):
        await found.empty()
        await found.close()


@pytest.fixture
def ids(alice: Contact, outsider: Contact) -> dict[str, list[int]]:
    """Three memories of Alice and three of the outsider."""
    return {"alice": _remember(alice, 3), "outsider": _remember(outsider, 3)}


def _remember(contact: Contact, number: int) -> list[int]:
    with contact_scope(contact.id):
        made = UserMemory.objects.bulk_create([UserMemory(contact=contact, text=f"Number {n}.") for n in range(number)])
    return [memory.pk for memory in made]


def direction(number: int) -> Vectors:
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[number] = 1
    return vector


async def test_every_store_keeps_the_contract(
    any_store: Store, alice: Contact, outsider: Contact, ids: dict[str, list[int]]
) -> None:
    own, others = ids["alice"], ids["outsider"]
    await any_store.keep(alice.id, [])
    assert await any_store.nearest(alice.id, direction(1), NAME, 5) == {}, "nothing is there yet, which is no error"
    await any_store.keep(alice.id, [Entry(number, direction(place), NAME) for place, number in enumerate(own)])
    await any_store.keep(outsider.id, [Entry(number, direction(0), NAME) for number in others])
    found = await any_store.nearest(alice.id, direction(1) + 0.5 * direction(2), NAME, 2)
    assert list(found) == [own[1], own[2]], "the nearest comes first, and no more than are asked for"
    assert list(found.values()) == [pytest.approx(0.894, abs=2e-3), pytest.approx(0.447, abs=2e-3)], "cosines"

    await any_store.keep(alice.id, [Entry(own[0], direction(5), NAME)])
    assert list(await any_store.nearest(alice.id, direction(5), NAME, 1)) == [own[0]], "a later vector replaces"
    assert await any_store.nearest(alice.id, direction(1), OTHER, 5) == {}, "spaces are never mixed"
    assert await any_store.nearest(uuid4(), direction(1), NAME, 5) == {}

    await any_store.keep(alice.id, [Entry(others[0], direction(7), NAME)])
    await any_store.forget(alice.id, others)
    kept = await any_store.nearest(outsider.id, direction(0), NAME, 5)
    assert set(kept) == set(others), "others' ids reach nothing"
    assert min(kept.values()) == pytest.approx(1, abs=1e-3)

    await any_store.keep(alice.id, [Entry(own[2], direction(9), OTHER)])
    assert set(await any_store.nearest(alice.id, direction(9), OTHER, 5)) == {own[2]}
    assert set(await any_store.nearest(alice.id, direction(2), NAME, 5)) == {own[0], own[1]}, "it left its first space"

    await any_store.forget(alice.id, [own[0], 10**12])
    assert set(await any_store.nearest(alice.id, direction(5), NAME, 5)) == {own[1]}
    await any_store.forget_all(alice.id)
    await any_store.forget_all(alice.id)
    for name in (NAME, OTHER):
        assert await any_store.nearest(alice.id, direction(1), name, 5) == {}
    assert len(await any_store.nearest(outsider.id, direction(0), NAME, 5)) == 3


async def test_a_thousand_vectors_of_one_contact_are_kept_searched_and_erased(
    any_store: Store, alice: Contact, outsider: Contact, ids: dict[str, list[int]]
) -> None:
    many = await in_database_thread(_remember, alice, 1000) if any_store.inside else list(range(10**9, 10**9 + 1000))
    drawn = np.random.default_rng(1).standard_normal((1000, DIMENSIONS), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    await any_store.keep(alice.id, [Entry(*one, NAME) for one in zip(many, drawn, strict=True)])
    await any_store.keep(outsider.id, [Entry(ids["outsider"][0], drawn[0], NAME)])
    best = [many[place] for place in np.argsort(-drawn @ drawn[17])[:50]]
    found = await any_store.nearest(alice.id, drawn[17], NAME, 50)
    assert len(set(found) & set(best)) >= 49, "half a number's rounding may exchange the last two"
    assert next(iter(found)) == many[17]

    await any_store.forget(alice.id, many[:500])
    assert set(await any_store.nearest(alice.id, drawn[17], NAME, 1000)) == set(many[500:])
    await any_store.forget_all(alice.id)
    assert await any_store.nearest(alice.id, drawn[17], NAME, 5) == {}
    assert len(await any_store.nearest(outsider.id, drawn[0], NAME, 5)) == 1


async def test_a_vector_of_another_length_is_an_error_and_harms_nothing(
    any_store: Store, alice: Contact, ids: dict[str, list[int]]
) -> None:
    first, second, _ = ids["alice"]
    await any_store.keep(alice.id, [Entry(first, direction(0), NAME)])
    with pytest.raises(StoreError):
        await any_store.nearest(alice.id, direction(0)[:100], NAME, 5)
    if not any_store.inside:
        with pytest.raises(StoreError):
            await any_store.keep(alice.id, [Entry(second, direction(0)[:100], NAME)])
    assert set(await any_store.nearest(alice.id, direction(0), NAME, 5)) == {first}


async def test_recall_takes_its_meaning_from_the_store_and_erasing_reaches_it(
    any_store: Store, alice: Contact, outsider: Contact
) -> None:
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
    assert recalled.memories[0].cosine == pytest.approx(
        float(vector @ embedder().embed([recalled.memories[0].text])[0]), abs=2e-3
    )
    assert "store" not in recalled.note

    await in_database_thread(erase, alice.id)
    assert await any_store.nearest(alice.id, vector, embedder().name, 5) == {}
    assert len(await any_store.nearest(outsider.id, vector, embedder().name, 5)) == 3


@pytest.mark.parametrize("backend", [QDRANT, WEAVIATE, PINECONE])
async def test_a_store_that_is_away_leaves_the_words(backend: str, alice: Contact, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings.MEMORY = settings.MEMORY | {"STORE": {"BACKEND": backend, "OPTIONS": {"url": url, "api_key": "a key"}}}
    await _only_words_in_time(alice)
    with pytest.raises(StoreError):
        await store().forget_all(alice.id)


@pytest.mark.parametrize("name", ["weaviate", "pinecone"])
async def test_a_store_that_hangs_is_waited_for_once(
    name: str, alice: Contact, servers: Servers, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MEMORY = settings.MEMORY | {"STORE": servers.named[name]}
    held = servers.slow[name].open
    await in_database_thread(store().warm_up)
    held.clear()
    try:
        with caplog.at_level(logging.DEBUG):
            await _only_words_in_time(alice)
            began = time.monotonic()
            again = await recall(alice.id, "cat", direction(0), site_id=alice.site_id)
    finally:
        held.set()
    assert "moment ago" in again.note["store"]
    assert time.monotonic() - began < STORE_PATIENCE, "the next turn does not wait for it"
    assert servers.named[name]["OPTIONS"]["api_key"] not in caplog.text


async def _only_words_in_time(contact: Contact) -> None:
    await in_database_thread(_cat, contact)
    began = time.monotonic()
    recalled = await recall(contact.id, "cat", direction(0), site_id=contact.site_id)
    assert time.monotonic() - began < STORE_PATIENCE + PATIENCE
    assert [memory.text for memory in recalled.memories] == ["Has a cat."]
    assert recalled.note["store"]


def _cat(contact: Contact) -> None:
    with contact_scope(contact.id):
        UserMemory.objects.create(contact=contact, text="Has a cat.")


@pytest.mark.parametrize("name", ["weaviate", "pinecone"])
async def test_a_wrong_key_is_refused_and_not_told(
    name: str, alice: Contact, servers: Servers, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    named = servers.named[name]
    settings.MEMORY = settings.MEMORY | {"STORE": named | {"OPTIONS": named["OPTIONS"] | {"api_key": "open-sesame"}}}
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as refused:
        await store().forget_all(alice.id)
    logging.getLogger().error("As a chore would tell it", exc_info=refused.value)
    assert "open-sesame" not in caplog.text + store().name


def test_a_store_that_cannot_be_is_told_at_the_start(settings: Any) -> None:
    assert PgVectorStore().check() == []
    assert [message.id for message in QdrantStore().check()] == ["memory.E007"]
    assert [message.id for message in WeaviateStore(url="weaviate:8080").check()] == ["memory.E007"]
    assert [message.id for message in PineconeStore(url="https://index.example.com").check()] == ["memory.E008"]
    for wrong in ("memory.stores.nothing.Store", "memory.models.UserMemory"):
        settings.MEMORY = {"STORE": {"BACKEND": wrong}}
        with pytest.raises(ImproperlyConfigured, match="BACKEND"):
            store()
