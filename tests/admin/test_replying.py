"""Taking over, answering and handing back."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conversations.models import Conversation, Escalation, Handler, Role

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"Accept": "application/json"}


def address(conversation: Conversation, what: str) -> str:
    return f"/admin/conversations/conversation/{conversation.pk}/{what}/"


def test_an_agent_takes_over_answers_and_hands_back(max_: Client, agent: User, conversation: Conversation) -> None:
    assert max_.post(address(conversation, "take")).status_code == 302
    assert Escalation.objects.get().agent == agent
    answer = max_.post(address(conversation, "reply"), {"text": "I look into it."}, headers=JSON)
    assert answer.status_code == 200
    message = conversation.messages.get(pk=answer.json()["message_id"])
    assert (message.role, message.text, message.author) == (Role.AGENT, "I look into it.", agent)
    assert "I look into it." in max_.get(address(conversation, "live")).content.decode()
    max_.post(address(conversation, "hand_back"))
    conversation.refresh_from_db()
    assert conversation.handler == Handler.BOT
    assert Escalation.objects.get().closed_at is not None


def test_taking_over_opens_an_escalation_where_there_is_none(
    max_: Client, agent: User, conversation: Conversation
) -> None:
    Escalation.objects.all().delete()
    max_.post(address(conversation, "take"))
    conversation.refresh_from_db()
    assert Escalation.objects.get().agent == agent
    assert conversation.handler == Handler.AGENT


def test_who_comes_second_is_told_so(olga: Client, max_: Client, conversation: Conversation) -> None:
    max_.post(address(conversation, "take"))
    second = olga.post(address(conversation, "take"), follow=True).content.decode()
    assert "Somebody else was faster" in second
    assert "Max answers" in second


@pytest.mark.parametrize("text", ["", "   \n", "x" * 8001])
def test_a_reply_that_is_refused_says_why_and_keeps_the_text(
    max_: Client, conversation: Conversation, text: str
) -> None:
    refused = max_.post(address(conversation, "reply"), {"text": text}, headers=JSON)
    assert refused.status_code == 400
    assert refused.json()["message"]
    page = max_.post(address(conversation, "reply"), {"text": text})
    assert refused.json()["message"] in page.content.decode()
    assert text.strip() in page.content.decode()


def test_a_reply_works_without_javascript(max_: Client, conversation: Conversation) -> None:
    shown = max_.post(address(conversation, "reply"), {"text": "By form"}, follow=True).content.decode()
    assert "By form" in shown


def test_handing_back_twice_is_harmless(max_: Client, conversation: Conversation) -> None:
    max_.post(address(conversation, "hand_back"))
    assert "The bot answers here already" in max_.post(address(conversation, "hand_back"), follow=True).content.decode()


def test_the_inbox_claims_and_hands_back_what_is_selected(
    max_: Client, agent: User, conversation: Conversation
) -> None:
    escalation = Escalation.objects.get()
    for action in ("claim_selected", "hand_back_selected"):
        max_.post("/admin/conversations/escalation/", {"action": action, "_selected_action": [escalation.pk]})
    escalation.refresh_from_db()
    assert escalation.agent == agent
    assert escalation.closed_at is not None
