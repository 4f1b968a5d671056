"""The list of turns: an administrator finds those that were given up, and why."""

import pytest
from django.test import Client

from conversations.models import Conversation, Escalation, Turn, TurnState

LIST = "/admin/conversations/turn/"


@pytest.fixture
def turns(conversation: Conversation) -> dict[str, Turn]:
    """One of each kind, by the words asked."""
    given_up = {"state": TurnState.FAILED, "error": "attempts", "error_detail": "Given up: its worker died 5 times."}
    kinds = {
        "poisoned": {**given_up, "attempt": 5},
        "refused": {"state": TurnState.FAILED, "error": "auth", "attempt": 1},
        "stubborn": {"state": TurnState.ANSWERED, "attempt": 5, "parks": 2},
        "in line": {"state": TurnState.QUEUED, "parked_at": "2026-01-01T00:00Z", "attempt": 3, "parks": 3},
    }
    return {
        words: Turn.objects.create(
            conversation=conversation, message=conversation.messages.create(role="contact", text=words), **columns
        )
        for words, columns in kinds.items()
    }


@pytest.mark.parametrize(
    ("trouble", "found"),
    [("given_up", "poisoned"), ("failed", "refused"), ("repeated", "stubborn"), ("waiting", "in line")],
)
def test_turns_are_found_by_what_went_wrong(ada: Client, turns: dict[str, Turn], trouble: str, found: str) -> None:
    shown = ada.get(LIST, {"trouble": trouble}).content.decode()
    assert found in shown
    others = {"refused", "in line"} - {found}
    assert not [other for other in others if f">{other}<" in shown]


def test_a_question_that_killed_its_workers_tells_so(ada: Client, turns: dict[str, Turn]) -> None:
    shown = ada.get(LIST, {"trouble": "given_up"}).content.decode()
    assert "its worker died 5 times" in shown
    opened = ada.get(f"{LIST}{turns['poisoned'].pk}/change/")
    assert opened.url.startswith(f"/admin/conversations/conversation/{turns['poisoned'].conversation_id}")


def test_a_turn_cannot_be_changed_added_or_deleted_by_itself(olga: Client, turns: dict[str, Turn]) -> None:
    assert olga.get(f"{LIST}add/").status_code == 403
    assert olga.post(f"{LIST}{turns['refused'].pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [turns["refused"].pk], "post": "yes"}
    olga.post(LIST, chosen)
    assert Turn.objects.filter(pk=turns["refused"].pk).exists()


def test_a_conversation_goes_with_its_turns_and_escalations(olga: Client, turns: dict[str, Turn]) -> None:
    conversation = turns["refused"].conversation
    Escalation.objects.get_or_create(conversation=conversation, closed_at=None)
    olga.post(f"/admin/conversations/conversation/{conversation.pk}/delete/", {"post": "yes"})
    assert not Conversation.objects.filter(pk=conversation.pk).exists()
