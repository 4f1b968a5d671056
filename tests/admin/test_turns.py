"""The list of turns: those that were given up, and why; those behind a spike in a dashboard."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from conversations.models import Conversation, Escalation, Turn, TurnState
from observability import names
from observability.dashboards import behind
from observability.statistics import Where
from parley.lists import BoundedPaginator
from people.models import AudienceTier
from routing.models import Provider

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


HOUR = {"finished_at__gte": "2026-11-24T09:00:00Z", "finished_at__lt": "2026-11-24T10:00:00Z"}


@pytest.fixture
def hour(conversation: Conversation, provider: Provider) -> Provider:
    """Three turns that ended between nine and ten, and one at ten: slow, dear, failed, late."""
    names.forget()
    small, large = provider.models.get(), provider.models.create(name="large")
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    kinds = {
        "slow": {"model": small, "minutes": 1, "took": 50, "cost": Decimal("0.01")},
        "dear": {"model": large, "minutes": 2, "took": 5, "cost": Decimal("0.5")},
        "broken": {"model": None, "minutes": 3, "took": 9, "cost": 0, "state": TurnState.FAILED, "error": "server"},
        "late": {"model": small, "minutes": 60, "took": 90, "cost": Decimal(9)},
    }
    for words, columns in kinds.items():
        ended = nine + timedelta(minutes=columns.pop("minutes"))
        began = ended - timedelta(seconds=columns.pop("took"))
        message = conversation.messages.create(role="contact", text=f"A {words} one")
        given = {"state": TurnState.ANSWERED, **columns}
        Turn.objects.create(conversation=conversation, message=message, accepted_at=began, finished_at=ended, **given)
    return provider


def listed(browser: Client, **query: object) -> list[str]:
    """Which of the fixture's are shown, in order."""
    shown = browser.get(LIST, {**HOUR, **query})
    assert shown.status_code == 200
    return [turn.message.text.split()[1] for turn in shown.context["cl"].result_list]


def test_a_spike_in_a_dashboard_leads_down_to_its_turns_and_their_transcript(ada: Client, hour: Provider) -> None:
    start, end = (datetime.fromisoformat(moment) for moment in HOUR.values())
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="ada")
    model = hour.models.get(name="small")
    where = Where(sites=(Conversation.objects.get().site_id,), models=(model.pk,))
    shown = ada.get(behind.link(request, start, end, where, behind.Order.SLOWEST))
    [turn] = shown.context["cl"].result_list
    assert turn.message.text == "A slow one"
    assert f"/conversation/{turn.conversation_id}/change/#message-{turn.message_id}" in shown.content.decode()
    narrowed = [words for words, _ in shown.context["cl"].narrowed]
    assert narrowed == [
        "Slowest first",
        "Ended from 24 Nov 2026, 09:00 to 10:00 UTC",
        f"Site: {turn.conversation.site.name}",
        "Model: small",
    ]
    without = dict(shown.context["cl"].narrowed)["Model: small"]
    wider = ada.get(LIST + without).context["cl"]
    assert [turn.message.text for turn in wider.result_list] == ["A slow one", "A broken one", "A dear one"]


def test_turns_are_found_and_put_in_order_as_links_ask(
    ada: Client, tiers: dict[str, AudienceTier], hour: Provider
) -> None:
    small, large = (hour.models.get(name=name).pk for name in ("small", "large"))
    assert listed(ada) == ["broken", "dear", "slow"]
    assert listed(ada, order="failed") == ["broken"]
    assert listed(ada, order="dearest") == ["dear", "slow"]
    assert listed(ada, order="newest", model=[small, large]) == ["dear", "slow"]
    assert listed(ada, model=99) == []
    came = "identified" if Conversation.objects.get().contact.key.startswith("id:") else "anonymous"
    assert len(listed(ada, audience=tiers[came].pk)) == 3
    assert listed(ada, audience=[tier.pk for key, tier in tiers.items() if key != came]) == []


def test_what_cannot_be_looked_for_is_said_and_left_out(ada: Client, hour: Provider) -> None:
    wrong = {
        "finished_at__gte": "0001-01-01T00:00+14:00",
        "finished_at__lt": "<b>soon</b>",
        "site": "1 OR 1=1",
        "audience": "9" * 30,
        "order": "best",
        "state": "\0",
    }
    shown = ada.get(LIST, wrong)
    assert shown.status_code == 200
    said = [str(message) for message in shown.context["messages"]]
    assert len(said) == len(wrong)
    assert "“<b>soon</b>” is no moment to end with: write it like 2026-11-24T09:30. It was left out." in said
    assert "<b>soon" not in shown.content.decode()
    turned = ada.get(LIST, {"finished_at__gte": HOUR["finished_at__lt"], "finished_at__lt": HOUR["finished_at__gte"]})
    assert "is not after the first" in turned.content.decode()


def test_a_long_list_is_not_counted_to_its_end(ada: Client, hour: Provider, monkeypatch) -> None:
    monkeypatch.setattr(BoundedPaginator, "MOST", 2)
    shown = ada.get(LIST, HOUR)
    page = " ".join(shown.content.decode().split())
    assert shown.context["cl"].result_count == 2
    assert "more than 2 turns" in page
    assert "2 results" not in page, "the title does not say what is not known"
