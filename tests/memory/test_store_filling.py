"""Moving to another store: Postgres has every vector, so that a store is filled from there, and left without a loss."""

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command

from memory.embedding import embedder
from memory.models import UserMemory
from memory.recall import recall
from memory.recall.vectors import embed_missing, missing
from memory.remember.vectors import forget_vectors
from memory.scope import contact_scope, staff_scope
from memory.stores import Entry, outside, store
from memory.stores.base import StoreError
from memory.stores.filling import fill, keep_outside, progress
from memory.stores.qdrant import QdrantStore
from people.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "tests.memory.test_store_filling.Moody"
TEXTS = ("Ordered a green raincoat.", "Lives in Lisbon.", "Has a cat called Minka.")


class Moody(QdrantStore):
    """Refuses whom it is told to refuse."""

    refused: set[UUID] = set()

    async def keep(self, contact_id: UUID, entries: Sequence[Entry]) -> None:
        if contact_id in self.refused:
            raise StoreError("There is no more room for this contact.")
        await super().keep(contact_id, entries)


@pytest.fixture(autouse=True)
def _in_good_mood(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(outside, "READ_SECONDS", 30)
    Moody.refused = set()
    yield
    Moody.refused = set()


@pytest.fixture
def contacts(alice: Contact, outsider: Contact) -> list[Contact]:
    """Both with three memories, in Postgres with their vectors."""
    for contact in (alice, outsider):
        with contact_scope(contact.id):
            for text in TEXTS:
                UserMemory.objects.create(contact=contact, text=text)
    assert embed_missing() == 6
    return [alice, outsider]


def _move_to(settings: Any, **options: Any) -> None:
    settings.MEMORY = settings.MEMORY | {"STORE": {"BACKEND": BACKEND, "OPTIONS": {"location": ":memory:"} | options}}
    store().warm_up()


def _found(contact: Contact) -> set[str]:
    near = async_to_sync(store().nearest)(contact.id, _raincoat(), embedder().name, 10)
    with staff_scope():
        return set(UserMemory.objects.filter(pk__in=near).values_list("text", flat=True))


def _raincoat() -> Any:
    return embedder().embed(["a green raincoat"])[0]


def test_a_new_store_is_filled_from_postgres_and_leaving_it_loses_nothing(
    contacts: list[Contact], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, outsider = contacts
    assert (fill(), progress()) == (0, None), "in Postgres there is nothing to fill"
    in_postgres = settings.MEMORY
    _move_to(settings)
    assert _found(alice) == set()
    monkeypatch.setattr(embedder(), "compute", None)  # no embedder is needed
    assert [fill(2) for _ in range(5)] == [2, 2, 2, 0, 0]
    assert _found(alice) == _found(outsider) == set(TEXTS)
    assert progress().copied == 6
    assert progress().filled_at

    settings.MEMORY = in_postgres
    assert missing() == 0, "back in Postgres there is nothing to make anew"
    recalled = async_to_sync(recall)(alice.id, "coat?", _raincoat(), site_id=alice.site_id)
    assert recalled.memories[0].cosine > 0.5


def test_who_returns_to_a_store_fills_it_again_as_it_was_not_kept_up(contacts: list[Contact], settings: Any) -> None:
    _move_to(settings, collection="first")
    first = store()
    while fill():
        pass
    _move_to(settings, collection="second")
    assert fill() == 6
    with pytest.raises(CommandError, match="in use"):
        call_command("memory_store", "--empty")
    out = StringIO()
    call_command("memory_store", stdout=out)
    assert "second" in out.getvalue()

    with pytest.MonkeyPatch.context() as patch:
        for module in ("memory.stores.filling", "memory.management.commands.memory_store"):
            patch.setattr(f"{module}.store", lambda: first)
        call_command("memory_store", "--empty", stdout=out)
        assert async_to_sync(first.nearest)(contacts[0].id, _raincoat(), embedder().name, 5) == {}
        assert fill() == 6, "and not 0, although it was filled before"
        assert async_to_sync(first.nearest)(contacts[0].id, _raincoat(), embedder().name, 5) != {}


def test_a_contact_that_the_store_refuses_waits_and_holds_nobody_up(contacts: list[Contact], settings: Any) -> None:
    alice, outsider = contacts
    _move_to(settings)
    Moody.refused = {alice.id}
    assert fill() == 3
    assert (_found(alice), _found(outsider)) == (set(), set(TEXTS))
    with contact_scope(outsider.id):
        UserMemory.objects.create(contact=outsider, text="Rides a bicycle.")
    assert embed_missing() == 1, "Alice's are tried, and wait"
    assert len(_found(outsider)) == 4
    Moody.refused = set()
    assert (embed_missing(), missing(), _found(alice)) == (3, 0, set(TEXTS))


def test_while_the_store_is_away_vectors_wait_for_it_and_are_not_made_again(
    contacts: list[Contact], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, outsider = contacts
    _move_to(settings)
    fill()
    assert _found(alice) == set(TEXTS)
    Moody.refused = {alice.id, outsider.id}
    with contact_scope(alice.id):
        UserMemory.objects.create(contact=alice, text="Rides a bicycle.")
    assert (embed_missing(), missing()) == (0, 1)
    assert store().pauses.left > 0
    Moody.refused = set()
    assert embed_missing() == 0, "not before the pause is over"
    store().pauses.went_well()
    monkeypatch.setattr(embedder(), "compute", None)
    assert (embed_missing(), missing()) == (1, 0)
    assert "Rides a bicycle." in _found(alice)


def test_what_was_forgotten_while_its_copy_was_under_way_does_not_stay(contacts: list[Contact], settings: Any) -> None:
    alice, _ = contacts
    _move_to(settings)
    fill()
    with staff_scope():
        rows = list(UserMemory.objects.filter(contact=alice))
    with contact_scope(alice.id):
        UserMemory.objects.filter(pk=rows[0].pk).delete()
        forget_vectors(alice.id, [rows[0].pk])
    assert keep_outside(rows) == set()
    near = async_to_sync(store().nearest)(alice.id, np.asarray(rows[0].embedding), embedder().name, 10)
    assert set(near) == {row.pk for row in rows[1:]}
