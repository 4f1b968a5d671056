"""Staff of the three roles, and a conversation in which everything has happened."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Escalation, Message, ProblemReport, Rating, Role, Turn, TurnState
from people.models import Contact
from people.roles import ensure_roles
from routing.models import Model, Provider

KEY = "sk-very-secret-0123456789"


@pytest.fixture
def olga(client: Client, administrator: User) -> Client:
    """Olga's browser: she may do everything."""
    client.force_login(administrator)
    return client


def _in_group(user: User, name: str) -> Client:
    ensure_roles()
    user.groups.add(Group.objects.get(name=name))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def max_(agent: User) -> Client:
    """The browser of Max, an agent."""
    return _in_group(agent, "Agents")


@pytest.fixture
def ada(db: None) -> Client:
    """The browser of Ada, an analyst."""
    return _in_group(User.objects.create_user("ada", password="a third password", is_staff=True), "Analysts")


@pytest.fixture
def nobody(db: None) -> Client:
    """The browser of somebody who is staff and has no role."""
    browser = Client()
    browser.force_login(User.objects.create_user("nils", password="a fourth password", is_staff=True))
    return browser


@pytest.fixture
def provider(db: None) -> Provider:
    """An OpenAI provider with a stored key and a model."""
    provider = Provider(name="Vendor", vendor="openai")
    provider.api_key = KEY
    provider.save()
    provider.models.create(name="small", input_price=Decimal("0.15"), output_price=Decimal("0.6"))
    return provider


@pytest.fixture
def model(provider: Provider) -> Model:
    """Its model."""
    return provider.models.get()


@pytest.fixture
def conversation(alice: Contact) -> Conversation:
    """One question answered with sources, one that failed; rated, reported, and waiting for a person."""
    now = timezone.now()
    talk = Conversation.objects.create(site=alice.site, contact=alice, title="Where is my parcel?")
    asked = talk.messages.create(role=Role.CONTACT, text="Where is <script>alert('parcel')</script>?")
    turn = answered_turn(asked)
    answer = talk.messages.create(
        role=Role.BOT,
        turn=turn,
        text="It takes **two days**. <img src=x onerror=alert(1)>",
        sources=[{"title": "Delivery times", "url": "/help/demo/delivery/"}],
    )
    Rating.objects.create(message=answer, value=Rating.Value.DOWN)
    ProblemReport.objects.create(conversation=talk, message=answer, text="It took <b>five</b> days")
    again = talk.messages.create(role=Role.CONTACT, text="It has not come")
    Turn.objects.create(
        conversation=talk,
        message=again,
        state=TurnState.FAILED,
        attempt=3,
        error="auth",
        started_at=now,
        error_detail="Vendor refuses the key (401).",
        finished_at=now,
    )
    Escalation.objects.create(conversation=talk, reason="A person, please")
    return talk


def answered_turn(question: Message) -> Turn:
    """A turn with all its figures."""
    now = timezone.now()
    return Turn.objects.create(
        conversation=question.conversation,
        message=question,
        state=TurnState.ANSWERED,
        attempt=2,
        accepted_at=now - timedelta(seconds=5),
        started_at=now - timedelta(seconds=4.5),
        first_token_at=now - timedelta(seconds=3.8),
        finished_at=now,
        model_name="small-model",
        input_tokens=1834,
        cached_input_tokens=1024,
        output_tokens=211,
        cost=Decimal("0.00196740"),
        finish_reason="stop",
        passages=[
            {"title": "Delivery times › Abroad", "url": "/help/demo/delivery/", "score": 0.8312},
            {"title": "A trap", "url": "javascript:alert(1)", "score": 0.2},
        ],
    )
