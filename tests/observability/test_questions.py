"""The board of questions: what is asked most, what was not answered or badly, who may see it, and where it leads."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from conversations.boards import asked, grouping, looking
from conversations.boards import words as board_words
from conversations.models import Conversation, ProblemReport, Rating, Turn, TurnState
from people.models import Contact, Site
from people.roles import ensure_roles
from routing.models import AnswerSuggestion, CachedAnswer

PAGE = "/admin/observability/dashboards/questions/"
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
RANGE = {"from": "2026-11-24T09:00:00Z", "to": "2026-11-24T10:00:00Z"}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    looking.forget()


def browser_of(name: str, *, group: str = "", may: tuple[str, ...] = ()) -> Client:
    """Of a member of staff in a group, or with some permissions."""
    ensure_roles()
    user = User.objects.create_user(name, is_staff=True)
    user.groups.set(Group.objects.filter(name=group))
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def ada(db: None) -> Client:
    """An analyst."""
    return browser_of("ada", group="Analysts")


@pytest.fixture
def olga(db: None) -> Client:
    """An administrator."""
    return browser_of("olga", group="Administrators")


def ask(
    contact: Contact, text: str, minute: int, *, talk: Conversation | None = None, sources=({"url": "/a"},), **turn
) -> Turn:
    """A question that was answered, or as `turn` says."""
    talk = talk or Conversation.objects.create(site=contact.site, contact=contact)
    ended = START + timedelta(minutes=minute)
    columns = {"state": TurnState.ANSWERED, "answered_by": "model", "finish_reason": "stop", "cost": "0.01", **turn}
    message = talk.messages.create(role="contact", text=text)
    found = Turn.objects.create(conversation=talk, message=message, accepted_at=ended, finished_at=ended, **columns)
    if columns["state"] == TurnState.ANSWERED:
        talk.messages.create(role="bot", text="So.", turn=found, sources=list(sources))
    return found


def rows(browser: Client, chart: str, **query: object) -> list[list[dict]]:
    response = browser.get(f"{PAGE}data/", {**RANGE, "parts": chart, **query})
    assert response.status_code == 200, response.content
    return next(each["rows"] for each in response.json()["charts"] if each["slug"] == chart)


def words(found: list[list[dict]]) -> list[list[object]]:
    return [[cell["value"] for cell in row] for row in found]


def test_questions_are_brought_together_by_their_words_and_by_the_answers_that_there_are(
    olga: Client, alice: Contact
) -> None:
    answer = CachedAnswer.objects.create(text="Ten to six.", state=CachedAnswer.State.APPROVED)
    ask(alice, "When do you open?", 1)
    last = ask(alice, "Hi, when do you open please", 9)
    ask(alice, "What are your hours?", 3, cached_answer=answer)
    ask(alice, "When can I come", 4, cached_answer=answer)
    for minute, text in enumerate(("Do you ship to Japan?", "Shipping to Japan?"), 5):
        ask(alice, text, minute)
    ask(alice, "Where is my parcel 123456?", 2)
    ask(alice, "where is my parcel 123456", 8)
    ask(alice, "Only once", 8)
    ask(alice, "When do you open?", 61)
    for minute in (7, 8):
        ask(alice, "Thanks!", minute)
    suggestion = AnswerSuggestion.objects.create(
        site=alice.site, question="do you ship to japan", questions=[["Shipping to Japan?", 1]], answer="Yes.", count=2
    )
    found = {row[0]["value"]: row for row in rows(olga, "frequent")}
    assert len(found) == 4
    row = found["Hi, when do you open please"]
    assert [cell["value"] for cell in row[1:5]] == [2, pytest.approx(2 / 11), last.finished_at.timestamp(), 0.02]
    assert row[0]["link"].endswith(f"/{last.conversation_id}/change/#message-{last.message_id}")
    assert olga.get(row[0]["link"].partition("#")[0]).status_code == 200
    assert found["When can I come"][5] == {
        "value": "Open", "link": f"/admin/routing/cachedanswer/{answer.pk}/change/",
    }  # fmt: skip
    assert found["Shipping to Japan?"][5]["link"] == f"/admin/routing/answersuggestion/{suggestion.pk}/change/"
    personal = next(row for text, row in found.items() if "parcel" in text)
    assert [cell.get("link") for cell in personal[5:]] == [None, None]
    for cell, field in zip(row[5:], ("questions_text", "title"), strict=True):
        assert parse_qs(urlsplit(cell["link"]).query) == {
            field: ["Hi, when do you open please"], "site": [str(alice.site_id)],
        }  # fmt: skip
        form = olga.get(cell["link"]).content.decode()
        assert "Hi, when do you open please" in form


def test_what_was_not_answered_says_why_and_how_often(olga: Client, alice: Contact) -> None:
    ask(alice, "Do you rent bikes?", 1, state=TurnState.FAILED, error="server")
    ask(alice, "Do you rent bikes", 2, answered_by="articles", finish_reason="unknown", sources=())
    first = ask(alice, "do you rent bikes?", 3)
    ask(alice, "do you rent bikes?", 4, replaces=first)
    ask(alice, "What of skis?", 5, sources=())
    ask(alice, "Thanks!", 5, sources=())
    ask(alice, "It works", 6, answered_by="rule", sources=())
    found = words(rows(olga, "unanswered"))
    assert [row[:4] for row in found] == [
        ["do you rent bikes?", 3, 0.75, "1 failed, 1 not known, 1 asked again"],
        ["What of skis?", 1, 1.0, "1 no sources"],
    ]


def test_what_was_called_bad_says_by_whom(olga: Client, alice: Contact) -> None:
    bad = ask(alice, "Is it waterproof?", 1)
    Rating.objects.create(message=bad.answer, value=Rating.Value.DOWN)
    ProblemReport.objects.create(conversation=bad.conversation, message=bad.answer, text="No!")
    talk = Conversation.objects.create(site=alice.site, contact=alice, solved=False)
    ask(alice, "How long is it?", 2, talk=talk)
    ask(alice, "Is it waterproof", 3, talk=talk)
    good = ask(alice, "Is it waterproof?", 4)
    Rating.objects.create(message=good.answer, value=Rating.Value.UP)
    assert [row[:4] for row in words(rows(olga, "badly-rated"))] == [
        ["Is it waterproof?", 2, pytest.approx(2 / 3), "1 thumbs down, 1 reported, 1 did not solve it"],
    ]


def test_it_is_filtered_as_the_other_boards_are(olga: Client, alice: Contact, provider_models) -> None:
    other = Site.objects.create(key="other", name="Other")
    bob = Contact.objects.create(site=other, key="anon:bob")
    for minute in (1, 2):
        ask(alice, "Here?", minute, model=provider_models[0])
        ask(bob, "There?", minute, model=provider_models[1])
    assert [row[0] for row in words(rows(olga, "frequent", site=other.pk))] == ["There?"]
    assert [row[0] for row in words(rows(olga, "frequent", model=provider_models[0].pk))] == ["Here?"]
    assert rows(olga, "frequent", site=other.pk, rule=9) == []


@pytest.fixture
def provider_models(db: None) -> list:
    from routing.models import Provider

    provider = Provider.objects.create(name="Vendor", vendor="openai")
    return [provider.models.create(name=name) for name in ("one", "two")]


def test_what_a_contact_asked_is_gone_with_it_and_no_words_are_kept_meanwhile(olga: Client, alice: Contact) -> None:
    for minute in (1, 2):
        ask(alice, "Does quibblewax fit?", minute)
    assert [row[0] for row in words(rows(olga, "frequent"))] == ["Does quibblewax fit?"]
    kept = f"{vars(looking)} {vars(grouping)} {vars(board_words)}".lower()
    assert "question(turns=[asked(" in kept
    assert "quibblewax" not in kept
    alice.delete()
    assert rows(olga, "frequent") == []


def test_when_there_is_too_much_the_newest_is_looked_at_and_it_says_so(
    olga: Client, alice: Contact, monkeypatch
) -> None:
    for minute in range(5):
        ask(alice, "Early?" if minute < 2 else "Late?", minute)
    monkeypatch.setattr(asked, "MOST", 3)
    answer = olga.get(f"{PAGE}data/", {**RANGE, "parts": "frequent"}).json()
    chart = answer["charts"][0]
    assert words(chart["rows"])[0][:2] == ["Late?", 3]
    assert chart["note"].startswith("Only the newest 3 were looked at, since 24 Nov, 09:02 UTC.")


def test_who_may_not_read_transcripts_sees_no_questions(ada: Client, alice: Contact) -> None:
    for minute in (1, 2):
        ask(alice, "=1+1 and?", minute)
    assert len(rows(ada, "frequent")[0]) == 5, "an analyst may write no answers, so is not led there"
    text = b"".join(ada.get(f"{PAGE}frequent.csv", RANGE).streaming_content).decode()
    assert text.splitlines()[1].startswith("'=1+1 and?,2,1,2026-11-24T09:02:00Z,0.02")
    figures_only = browser_of("finn", may=("view_dashboards",))
    for page in ("", "data/", "frequent.csv"):
        assert figures_only.get(PAGE + page, RANGE).status_code == 403
    assert PAGE not in figures_only.get("/admin/observability/dashboards/overview/").content.decode()
