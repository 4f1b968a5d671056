"""What is remembered, in the admin: found, corrected, merged, exported, erased, tried; by those who may."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from conversations.models import Conversation
from memory.admin import figures, trying
from memory.embedding.asked import Asked
from memory.models import Ignored, Kind, MemoryPolicy, MemoryPreference, RememberedMessage, UserMemory
from memory.recall.vectors import embed_missing
from memory.remember import rights
from memory.remember.erasing import erased
from memory.scope import staff_scope
from memory.switching import ask
from parley.pools import postgres
from people.models import Contact, Site
from tests.admin.conftest import _in_group

pytestmark = pytest.mark.django_db
LIST = "/admin/memory/usermemory/"
SAID = datetime(2026, 11, 2, 9, tzinfo=UTC)
TRAP = "Has a dog <script>alert('dog')</script>"


@pytest.fixture
def ben(db: None) -> Client:
    """The browser of Ben, an administrator who is no superuser."""
    return _in_group(User.objects.create_user("ben", password="a fifth password", is_staff=True), "Administrators")


def remember(contact: Contact, text: str, **fields) -> UserMemory:
    """As if our own patterns had found it."""
    with staff_scope():
        values = {"origin": UserMemory.Origin.PATTERNS, "said_at": SAID, "confidence": 0.8, **fields}
        return UserMemory.objects.create(contact=contact, text=text, **values)


@pytest.fixture
def home(alice: Contact) -> UserMemory:
    """Where Alice lives, with memory's copy of the message that it was said in."""
    talk = Conversation.objects.create(site=alice.site, contact=alice, title="Hello")
    message = talk.messages.create(role="contact", text="I live in Berlin, you know")
    with staff_scope():
        RememberedMessage.objects.create(
            contact=alice, conversation=talk.pk, message=message.pk, by_contact=True, text=message.text, said_at=SAID
        )
    source = {"source_message": message.pk, "source_conversation": talk.pk}
    return remember(alice, "Lives in Berlin.", subject="home", **source)


def page(browser: Client, address: str, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def stored(contact: Contact) -> list[UserMemory]:
    with staff_scope():
        return list(UserMemory.objects.filter(contact=contact).order_by("id"))


def change(memory: UserMemory) -> str:
    return f"{LIST}{memory.pk}/change/"


def form(**fields: str) -> dict[str, str]:
    return {"kind": "fact", "subject": "home", "holds_until_0": "", "holds_until_1": "", **fields}


def test_nothing_is_seen_outside_a_scope_and_everything_in_the_admin(
    ben: Client, home: UserMemory, outsider: Contact
) -> None:
    remember(outsider, "Owns a boat.")
    assert not UserMemory.objects.exists()
    shown = page(ben, LIST)
    assert "Lives in Berlin." in shown
    assert "Owns a boat." in shown
    assert not UserMemory.objects.exists(), "the scope of a page ends with it"


def test_memories_are_found_by_words_by_contact_and_by_state(ben: Client, home: UserMemory, outsider: Contact) -> None:
    remember(outsider, "Owns two boats.")
    rights.correct(home.contact_id, home.pk, "Lives in Bonn.")
    assert "Owns two boats." in page(ben, LIST, q="boat")
    assert "Bonn" not in page(ben, LIST, q="boat")
    assert "Lives in Bonn." in page(ben, LIST, q="alice@shop")
    assert "Owns two boats." not in page(ben, LIST, contact__id__exact=str(home.contact_id))
    only_old = page(ben, LIST, state="superseded")
    assert "Lives in Berlin." in only_old
    assert "Lives in Bonn." not in only_old


def test_a_memory_shows_its_message_and_its_place_in_the_transcript(ben: Client, home: UserMemory) -> None:
    shown = page(ben, change(home))
    assert "I live in Berlin, you know" in shown
    assert (
        f"/admin/conversations/conversation/{home.source_conversation}/change/#message-{home.source_message}" in shown
    )


def test_a_memory_of_long_ago_links_to_the_page_of_the_transcript_that_it_is_on(ben: Client, home: UserMemory) -> None:
    later = range(home.source_message + 1, home.source_message + 250)
    with staff_scope():
        RememberedMessage.objects.bulk_create(
            RememberedMessage(
                contact_id=home.contact_id, conversation=home.source_conversation, message=number, by_contact=True,
                text="and so on", said_at=SAID,
            )
            for number in later
        )  # fmt: skip
    assert f"?before={later[20]}#message-{home.source_message}" in page(ben, change(home))


def test_an_edit_is_a_correction_by_the_staff_which_keeps_the_earlier_text(ben: Client, home: UserMemory) -> None:
    answer = ben.post(change(home), form(text="Lives in Bonn.", holds_until_0="2027-05-01", holds_until_1="10:00"))
    old, new = stored(home.contact)
    assert answer["Location"] == change(new)
    assert (old.text, old.superseded_by_id) == ("Lives in Berlin.", new.pk)
    assert (new.text, new.origin, new.subject) == ("Lives in Bonn.", "staff", "home")
    assert new.holds_until == datetime(2027, 5, 1, 10, tzinfo=UTC)
    assert "Lives in Berlin." in page(ben, change(new))
    assert ben.post(change(old), form(text="Lives in Rome.")).status_code == 403
    assert "Berlin" not in str(list(LogEntry.objects.values_list("object_repr", "change_message")))
    assert LogEntry.objects.get().object_id == str(home.contact_id)
    assert f"Corrected memory {new.pk}" in ben.get(f"{LIST}{new.pk}/history/", follow=True).content.decode()


def test_a_changed_detail_is_the_staffs_word_too(ben: Client, home: UserMemory) -> None:
    ben.post(change(home), form(text=home.text, kind="preference"))
    (only,) = stored(home.contact)
    assert (only.kind, only.origin) == (Kind.PREFERENCE, "staff")
    assert only.said_at > SAID


def test_a_text_that_is_refused_is_shown_again_with_the_reason(ben: Client, home: UserMemory) -> None:
    typed = "Pays with 4111 1111 1111 1111."
    shown = ben.post(change(home), form(text=typed)).content.decode()
    assert typed in shown
    assert "Such things are not remembered" in shown
    assert [each.text for each in stored(home.contact)] == ["Lives in Berlin."]


def test_a_memory_is_added_by_hand(ben: Client, alice: Contact) -> None:
    assert str(alice.pk) in page(ben, f"{LIST}add/", contact=str(alice.pk))
    ben.post(f"{LIST}add/", form(contact=str(alice.pk), text="Is allergic to nuts.", subject="allergy"))
    (only,) = stored(alice)
    assert (only.text, only.subject, only.origin) == ("Is allergic to nuts.", "allergy", "staff")


def test_two_memories_become_one(ben: Client, home: UserMemory, outsider: Contact) -> None:
    other = remember(home.contact, "Lives in Berlin, Germany.")
    strange = remember(outsider, "Owns a boat.")
    chosen = {"action": "merge_selected", "_selected_action": [home.pk, other.pk]}
    assert ben.post(LIST, chosen)["Location"] == f"{LIST}{other.pk}/merge/?other={home.pk}"
    merge = f"{LIST}{home.pk}/merge/"
    assert "Owns a boat." not in page(ben, merge)
    refused = ben.post(merge, {"other": strange.pk, "text": "Lives on a boat."}).content.decode()
    assert "This memory is gone" in refused
    assert "Lives on a boat." in refused
    ben.post(merge, {"other": other.pk, "text": "Lives in Berlin in Germany."})
    *_, new = stored(home.contact)
    assert new.text == "Lives in Berlin in Germany."
    assert [each.superseded_by_id for each in stored(home.contact)] == [new.pk, new.pk, None]


def test_a_memory_is_erased_with_its_history_and_the_copy_of_its_message(ben: Client, home: UserMemory) -> None:
    new = rights.add(home.contact_id, "Lives in Bonn.")
    merged = rights.merge_two(home.contact_id, home.pk, new.pk, "Lives in Cologne.")
    asked = page(ben, f"{LIST}{merged.pk}/delete/")
    assert "Lives in Berlin." in asked
    assert "Copies of messages: 1" in asked
    ben.post(f"{LIST}{merged.pk}/delete/", {"post": "yes"})
    assert stored(home.contact) == []
    with staff_scope():
        assert not RememberedMessage.objects.exists()
    assert "Cologne" not in str(list(LogEntry.objects.values_list("object_repr", "change_message")))


def test_selected_memories_are_erased_in_the_list(ben: Client, home: UserMemory, outsider: Contact) -> None:
    boat = remember(outsider, "Owns a boat.")
    selected = {"action": "delete_selected", "_selected_action": [home.pk, boat.pk], "post": "yes"}
    ben.post(LIST, selected)
    assert stored(home.contact) + stored(outsider) == []


def test_a_contacts_page_tells_what_is_known_and_what_was_ignored_and_escapes_it(
    ben: Client, home: UserMemory, outsider: Contact
) -> None:
    remember(home.contact, TRAP)
    remember(outsider, "Owns a boat.")
    with staff_scope():
        Ignored.objects.create(contact=home.contact, text="the password is ****", reason="a secret")
    shown = page(ben, f"{LIST}contact/{home.contact_id}/")
    assert "Lives in Berlin." in shown
    assert "a secret" in shown
    assert "<script>alert(" not in shown
    assert "Owns a boat." not in shown
    contact = page(ben, f"/admin/people/contact/{home.contact_id}/change/")
    assert f"/admin/people/contact/{home.contact_id}/memory/" in contact
    assert "the password is ****" in page(ben, "/admin/memory/ignored/")


def test_a_contact_is_switched_off_and_on(ben: Client, alice: Contact) -> None:
    address = f"{LIST}contact/{alice.pk}/"
    assert ben.get(f"{address}switch/").status_code == 405
    ben.post(f"{address}switch/", {"on": "no"})
    assert not rights.remembers(alice.pk)
    assert "not remembered" in page(ben, address)
    ben.post(f"{address}switch/", {"on": "yes"})
    assert rights.remembers(alice.pk)
    assert LogEntry.objects.filter(object_id=str(alice.pk)).count() == 2


def test_one_contacts_data_is_exported_and_the_history_says_who_took_it(
    ben: Client, home: UserMemory, outsider: Contact
) -> None:
    remember(outsider, "Owns a boat.")
    answer = ben.post(f"{LIST}contact/{home.contact_id}/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="memory-alice.json"'
    found = json.loads(answer.content)
    assert [each["text"] for each in found["memories"]] == ["Lives in Berlin."]
    assert "boat" not in answer.content.decode()
    assert "Exported" in LogEntry.objects.get().change_message


@pytest.mark.django_db(transaction=True)
def test_erasing_says_what_goes_and_leaves_nothing(ben: Client, home: UserMemory, outsider: Contact) -> None:
    boat = remember(outsider, "Owns a boat.")
    with staff_scope():
        Ignored.objects.create(contact=home.contact, text="hello", reason="small talk")
        MemoryPreference.objects.create(contact=home.contact, enabled=False)
    told = []
    receiver = lambda contact_id, **_: told.append(contact_id)  # noqa: E731
    erased.connect(receiver)
    address = f"{LIST}contact/{home.contact_id}/erase/"
    try:
        assert "1 memory with vectors" in page(ben, address)
        assert len(stored(home.contact)) == 1, "asking erases nothing"
        ben.post(address)
    finally:
        erased.disconnect(receiver)
    with staff_scope():
        assert [UserMemory.objects.get().pk, RememberedMessage.objects.count(), Ignored.objects.count()] == [
            boat.pk,
            0,
            0,
        ]
        assert MemoryPreference.objects.filter(contact=home.contact, enabled=False).exists(), "that wish stays known"
    assert told == [home.contact_id]
    assert "Erased everything" in LogEntry.objects.get().change_message


@pytest.mark.django_db(transaction=True)
def test_the_page_that_deletes_a_contact_counts_what_is_remembered(ben: Client, home: UserMemory) -> None:
    page = ben.get(f"/admin/people/contact/{home.contact_id}/delete/").content.decode()
    assert "memories" in page.lower()
    assert "copies of messages" in page.lower()
    ben.post(f"/admin/people/contact/{home.contact_id}/delete/", {"post": "yes"})
    with staff_scope():
        assert not UserMemory.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_part_that_could_not_be_erased_is_told(ben: Client, home: UserMemory) -> None:
    def away(**_):
        raise OSError("the vector store is away")

    erased.connect(away)
    try:
        shown = ben.post(f"{LIST}contact/{home.contact_id}/erase/", follow=True).content.decode()
    finally:
        erased.disconnect(away)
    assert "the vector store is away" in shown
    assert "erase again for the rest" in shown


@pytest.mark.django_db(transaction=True)
def test_what_would_be_recalled_is_shown_with_scores_that_add_up(ben: Client, home: UserMemory) -> None:
    remember(home.contact, TRAP)
    embed_missing()
    answer = ben.get(f"{LIST}recall/", {"contact": str(home.contact_id), "q": "Where do I live, in Berlin?"})
    shown = answer.content.decode()
    memories = answer.context["memories"]
    assert memories[0].found.text == "Lives in Berlin."
    assert [abs(each.rest) < 1e-4 for each in memories] == [True, True]
    assert answer.context["messages_found"][0].found.text == "I live in Berlin, you know"
    assert "- 2026-11-02: Lives in Berlin." in shown
    assert f"{answer.context['found'].note['tokens']} tokens" in shown
    assert "<script>alert(" not in shown
    assert [each.recalled for each in stored(home.contact)] == [0, 0], "trying counts nothing"
    rights.switch(home.contact_id, on=False)
    off = page(ben, f"{LIST}recall/", contact=str(home.contact_id), q="Where do I live?")
    assert "The contact does not wish it." in off


@pytest.mark.django_db(transaction=True)
def test_while_a_question_is_embedded_no_transaction_is_open(
    ben: Client, home: UserMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones = []

    async def watched(question: str) -> Asked:
        async with (await postgres()).connection() as connection:
            found = await connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            )
            open_ones.extend(await found.fetchone() or ())
        return await ask(question)

    monkeypatch.setattr(trying, "ask", watched)
    assert "Lives in Berlin." in page(ben, f"{LIST}recall/", contact=str(home.contact_id), q="Where do I live?")
    assert open_ones == [0]


def test_a_question_for_nobody_is_refused_and_kept(ben: Client, alice: Contact) -> None:
    shown = page(ben, f"{LIST}recall/", contact=str(uuid4()), q="Where do I live?")
    assert 'value="Where do I live?"' in shown
    assert "Select a valid choice" in shown
    assert ben.get(f"{LIST}recall/", {"contact": "no uuid", "q": "x"}).status_code == 200


def test_policies_are_kept_by_site_and_show_sizes_and_rates(ben: Client, home: UserMemory, site: Site) -> None:
    address = "/admin/memory/memorypolicy/"
    with staff_scope():
        Ignored.objects.create(contact=home.contact, text="hello", reason="small talk")
    shown = page(ben, address)
    assert "the defaults hold for them" in shown
    assert "By our own patterns" in shown
    values = {
        "site": site.pk, "enabled": "on", "idle_seconds": "90", "most_memories": "5", "most_tokens": "200",
        "keep_facts_days": "30",
    }  # fmt: skip
    assert ben.post(f"{address}add/", values).status_code == 302
    assert MemoryPolicy.objects.get().most_memories == 5
    again = ben.post(f"{address}add/", values).content.decode()
    assert "already" in again
    with staff_scope():
        sizes, (today,) = figures.sizes(), figures.days()
    assert [str(each) for each in (sizes.memories, sizes.copies, sizes.contacts)] == ["1", "1", "1"]
    assert str(sizes.without_vector) == "2"
    assert (today.by_patterns, today.by_model, today.ignored) == (1, 0, 1)


def test_beyond_what_is_counted_the_estimate_is_told() -> None:
    assert [str(figures.Amount(*each)) for each in ((12, 99), (10_001, 1_200_000), (10_001, -1))] == [
        "12", "about 1,200,000", "more than 10,000",
    ]  # fmt: skip


def test_agents_look_and_nothing_more_and_analysts_do_not_even_look(
    max_: Client, ada: Client, nobody: Client, home: UserMemory
) -> None:
    contact = f"{LIST}contact/{home.contact_id}/"
    pages = (LIST, change(home), contact, f"{LIST}recall/", f"{LIST}try/")
    assert [max_.get(each, follow=True).status_code for each in pages] == [200] * 5
    for browser in (ada, nobody):
        assert {browser.get(each).status_code for each in pages} == {403}
    shown = max_.get(contact).content.decode()
    assert "Ignored" not in shown.partition("memory-sums")[2]
    assert "Erase everything" not in shown
    assert max_.post(change(home), form(text="Lives in Rome.")).status_code == 403
    forbidden = ("switch/", "export/", "erase/")
    assert [max_.post(contact + each).status_code for each in forbidden] == [403] * 3
    others = (f"{LIST}{home.pk}/merge/", f"{LIST}{home.pk}/delete/", "/admin/memory/ignored/", f"{contact}erase/")
    assert [max_.get(each).status_code for each in (*others, "/admin/memory/memorypolicy/")] == [403] * 5
    assert [each.text for each in stored(home.contact)] == ["Lives in Berlin."]
