"""What staff see of a conversation."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from conversations.admin import transcript as module
from conversations.models import Conversation, Role, Turn, TurnState


def page(browser: Client, conversation: Conversation, query: str = "") -> str:
    response = browser.get(f"/admin/conversations/conversation/{conversation.pk}/change/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_transcript_shows_what_was_said_and_how_it_came_about(olga: Client, conversation: Conversation) -> None:
    shown = page(olga, conversation)
    for words in (
        "<strong>two days</strong>",
        "Delivery times",
        "small-model",
        "1,834 in (1,024 cached), 211 out",
        "$0.0019674",
        "waited <b>0.5 s</b>",
        "first token <b>0.7 s</b>",
        "in all <b>5.0 s</b>",
        "attempts <b>2</b>",
        "👎",
        "0.831",
        "Passed to a person: A person, please",
        "It has not come",
    ):
        assert words in shown, words


def test_a_failed_turn_says_what_to_do(olga: Client, conversation: Conversation) -> None:
    shown = page(olga, conversation)
    assert "Vendor refuses the key (401)." in shown
    assert "Store a working one under Providers" in shown
    assert "attempts <b>3</b>" in shown


def test_answers_that_were_stopped_or_asked_again_are_marked_and_the_old_ones_folded(
    olga: Client, conversation: Conversation
) -> None:
    failed = conversation.turns.get(state=TurnState.FAILED)
    half = conversation.turns.create(message=failed.message, replaces=failed, state=TurnState.CANCELLED)
    cut = {"role": Role.BOT, "stopped": True, "superseded_at": timezone.now()}
    conversation.messages.create(turn=half, text="It is on", **cut)
    whole = conversation.turns.create(message=failed.message, replaces=half, state=TurnState.ANSWERED)
    conversation.messages.create(role=Role.BOT, turn=whole, text="It is on its way")
    shown = page(olga, conversation)
    assert shown.count("stopped by the visitor") == 1
    assert shown.count(">asked again<") == 2
    folded = re.findall(r'<details id="(?:answer|turn)-\d+">.*?</details>', shown, re.DOTALL)
    assert ["Vendor refuses" in fold for fold in folded] == [True, False]
    assert "It is on" in folded[1]
    assert "It is on its way" not in "".join(folded)


def test_nothing_that_was_written_becomes_a_script(olga: Client, conversation: Conversation) -> None:
    shown = page(olga, conversation)
    assert "&lt;script&gt;alert(&#x27;parcel&#x27;)&lt;/script&gt;" in shown
    assert "It took &lt;b&gt;five&lt;/b&gt; days" in shown
    assert "<img" not in shown.split('id="parley-thread"')[1].split("</section>")[0]
    assert "javascript:alert" not in shown


def test_a_long_transcript_costs_as_many_queries_as_a_short_one(
    olga: Client, conversation: Conversation, django_assert_max_num_queries
) -> None:
    for number in range(100):
        conversation.messages.create(role=Role.CONTACT, text=f"message {number}")
    with django_assert_max_num_queries(17):
        assert "message 99" in page(olga, conversation)


def test_older_messages_are_a_page_away(
    olga: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    for number in range(5):
        conversation.messages.create(role=Role.CONTACT, text=f"message {number}")
    newest = page(olga, conversation)
    assert "message 3" in newest
    assert "message 2" not in newest
    link = re.search(r"\?before=\d+", newest)
    assert link
    older = page(olga, conversation, link.group())
    assert "message 1" in older
    assert "message 3" not in older


def test_the_page_keeps_itself_fresh_and_is_told_when_nothing_changed(olga: Client, conversation: Conversation) -> None:
    address = f"/admin/conversations/conversation/{conversation.pk}/live/"
    first = olga.get(address)
    assert first.status_code == 200
    assert olga.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    conversation.messages.create(role=Role.CONTACT, text="Still there?")
    second = olga.get(address, headers={"If-None-Match": first["ETag"]})
    assert "Still there?" in second.content.decode()
    Turn.objects.filter(state="failed").update(state="queued")
    assert olga.get(address, headers={"If-None-Match": second["ETag"]}).status_code == 200


def test_the_version_on_the_page_is_the_one_that_the_refresh_knows(olga: Client, conversation: Conversation) -> None:
    found = re.search(r'data-version="(\w+)"', page(olga, conversation))
    assert found
    address = f"/admin/conversations/conversation/{conversation.pk}/live/"
    assert olga.get(address, headers={"If-None-Match": f'"{found.group(1)}"'}).status_code == 304


@pytest.mark.parametrize("name", ["nonsense", "6f1c1a52-3f0e-4f0b-9a44-0c0d6a1c9e77"])
def test_a_conversation_that_does_not_exist_leads_back_to_a_page_that_says_so(olga: Client, name: str) -> None:
    response = olga.get(f"/admin/conversations/conversation/{name}/change/", follow=True)
    assert "doesn’t exist" in response.content.decode()


def test_a_broken_page_number_shows_the_newest(olga: Client, conversation: Conversation) -> None:
    for broken in ("?before=x", "?before=" + "9" * 40, "?before=-1"):
        assert "It has not come" in page(olga, conversation, broken)
