"""Nobody reads or writes another contact's memories, whatever the query says."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection

from memory.checks import check_role, judge_role
from memory.models import ConversationCursor, Ignored, MemoryPreference, RememberedMessage, UserMemory
from memory.scope import contact_scope, scoped, staff_scope
from parley import pools
from people.models import Contact, Site

NOW = "2026-01-01T00:00Z"
CONTACT_TABLES = (UserMemory, RememberedMessage, Ignored, MemoryPreference, ConversationCursor)
TEXTS = "SELECT text FROM memory_usermemory"


@pytest.fixture
def remembered(alice: Contact, outsider: Contact) -> None:
    """A memory of Alice, and one of the outsider."""
    for contact, text in ((alice, "Alice has a cat."), (outsider, "The outsider has a dog.")):
        with contact_scope(contact.id):
            UserMemory.objects.create(contact=contact, text=text)


def everything(contact: Contact) -> list[Any]:
    return [
        UserMemory(contact=contact, text="a"),
        RememberedMessage(contact=contact, conversation=uuid4(), message=1, by_contact=True, text="a", said_at=NOW),
        Ignored(contact=contact, text="a", reason="small talk"),
        MemoryPreference(contact=contact, enabled=True),
        ConversationCursor(contact=contact, conversation=uuid4()),
    ]  # fmt: skip


def test_without_a_scope_there_are_no_memories(remembered: None) -> None:
    assert not UserMemory.objects.exists()


def test_a_contact_sees_its_own_and_staff_sees_all(remembered: None, alice: Contact) -> None:
    with contact_scope(alice.id):
        assert [memory.text for memory in UserMemory.objects.all()] == ["Alice has a cat."]
    with staff_scope():
        assert UserMemory.objects.count() == 2


def test_naming_another_contact_in_the_query_finds_nothing(remembered: None, alice: Contact, outsider: Contact) -> None:
    with contact_scope(alice.id):
        assert not UserMemory.objects.filter(contact=outsider).exists()
        assert UserMemory.objects.filter(contact=outsider).update(text="mine") == 0
        assert UserMemory.objects.filter(contact=outsider).delete()[0] == 0
    with staff_scope():
        assert UserMemory.objects.filter(contact=outsider, text="The outsider has a dog.").exists()


@pytest.mark.parametrize("number", range(len(CONTACT_TABLES)), ids=lambda number: CONTACT_TABLES[number].__name__)
def test_writing_a_row_of_another_contact_is_refused(alice: Contact, outsider: Contact, number: int) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), contact_scope(alice.id):
        everything(outsider)[number].save(force_insert=True)
    with contact_scope(outsider.id):
        everything(outsider)[number].save(force_insert=True)


def test_a_row_cannot_be_given_to_another_contact(remembered: None, alice: Contact, outsider: Contact) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), contact_scope(alice.id):
        UserMemory.objects.update(contact=outsider)


def test_a_contact_inside_the_scope_of_staff_is_alone_and_staff_sees_all_again(
    remembered: None, alice: Contact
) -> None:
    with staff_scope():
        with contact_scope(alice.id):
            assert UserMemory.objects.count() == 1
        assert UserMemory.objects.count() == 2
        with pytest.raises(ZeroDivisionError), contact_scope(alice.id):
            1 / 0  # noqa: B018
        assert UserMemory.objects.count() == 2
    assert not UserMemory.objects.exists()


def test_what_is_no_contact_opens_no_scope() -> None:
    with pytest.raises(ValueError, match="badly formed"), contact_scope("' OR true --"):
        pass


@pytest.mark.parametrize("delete", [lambda: Contact.objects.all().delete(), lambda: Site.objects.all().delete()])
def test_deleting_contacts_takes_all_that_is_remembered_of_them(
    alice: Contact, outsider: Contact, delete: Callable[[], object]
) -> None:
    for contact in (alice, outsider):
        with contact_scope(contact.id):
            for row in everything(contact):
                row.message = contact.id.int % 10_000_000  # unique over all contacts
                row.save(force_insert=True)
    delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with staff_scope():
        assert [table.objects.count() for table in CONTACT_TABLES] == [0] * len(CONTACT_TABLES)


@pytest.mark.django_db(transaction=True)
async def test_a_pooled_connection_hands_no_scope_to_its_next_user(
    remembered: None, alice: Contact, outsider: Contact
) -> None:
    async with (await pools.postgres()).connection() as conn:
        async with scoped(conn, alice.id):
            found = await conn.execute(TEXTS)
            other = await conn.execute(TEXTS + " WHERE contact_id = %s", [outsider.id])
        assert (await found.fetchall(), await other.fetchall()) == ([("Alice has a cat.",)], [])
        assert await (await conn.execute(TEXTS)).fetchall() == []
        async with scoped(conn, outsider.id):
            found = await conn.execute(TEXTS)
        assert await found.fetchall() == [("The outsider has a dog.",)]


@pytest.mark.django_db(transaction=True)
async def test_a_failed_statement_leaves_the_connection_in_order_and_without_scope(
    remembered: None, alice: Contact
) -> None:
    async with (await pools.postgres()).connection() as conn:
        with pytest.raises(Exception, match="division by zero"):
            async with scoped(conn, alice.id):
                await conn.execute("SELECT 1 / 0")
        assert await (await conn.execute(TEXTS)).fetchall() == []


@pytest.mark.django_db(transaction=True)
async def test_a_scoped_query_costs_one_round_trip(remembered: None, alice: Contact) -> None:
    async with (await pools.postgres()).connection() as conn:
        async with scoped(conn, alice.id):
            found = await conn.execute(TEXTS)
            assert found.description is None  # nothing has come back before the block ends
        assert await found.fetchall()


def test_a_role_that_passes_the_policies_is_an_error_where_it_matters(db: None) -> None:
    assert check_role(databases=["default"]) == []
    (message,) = judge_role("postgres", passes=True, matters=True)
    assert message.id == "memory.E004"
    assert "ALTER ROLE postgres" in str(message.hint)
    assert judge_role("postgres", passes=True, matters=False) == judge_role("parley", passes=False, matters=True) == []
