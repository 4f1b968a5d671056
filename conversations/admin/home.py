"""The admin's first page: a few counts that tell whether somebody is needed. Each costs one cheap query."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from conversations.admin.looks import length
from conversations.models import Conversation, Escalation, ProblemReport, Turn, TurnState
from memory.models import Article, IndexState
from people.models import Site
from routing.admin.budgets import bars
from routing.models import Model


@dataclass(frozen=True, slots=True)
class Card:
    """One count and where it leads; `tone` is "", "good", "warn" or "bad"."""

    title: str
    value: object
    note: str
    link: str
    tone: str = ""


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: the page's context, with the cards that this person may see."""
    made = [make() for permission, make in CARDS if request.user.has_perm(permission)]
    cards = [card for card in made if card is not None]
    return {**context, "cards": cards, "title": "Overview"}


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + (f"?{query}" if query else "")


def escalations() -> Card:
    """Who waits for a person, and for how long."""
    unclaimed = Q(agent=None)
    found = Escalation.objects.filter(closed_at=None).aggregate(
        all=Count("pk"), waiting=Count("pk", filter=unclaimed), oldest=Min("created_at", filter=unclaimed)
    )
    note = f"{found['waiting']} not claimed"
    if found["oldest"]:
        note += f", the first for {length(timezone.now() - found['oldest'])}"
    tone = "bad" if found["waiting"] else ""
    return Card("Open escalations", found["all"], note, _list("conversations_escalation", "state=open"), tone)


def today() -> Card:
    """Conversations with a message since midnight."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    count = Conversation.objects.filter(last_message_at__gte=midnight).count()
    return Card(
        "Conversations today",
        count,
        f"since midnight, {timezone.get_current_timezone_name()}",
        _list("conversations_conversation"),
    )


def turns_waiting() -> Card:
    """Messages that no worker has begun to answer."""
    found = Turn.objects.filter(state=TurnState.QUEUED).aggregate(n=Count("pk"), oldest=Min("accepted_at"))
    waited = timezone.now() - found["oldest"] if found["oldest"] else timedelta(0)
    note = f"the first for {length(waited)}" if found["n"] else "nobody waits"
    tone = "warn" if waited > timedelta(seconds=30) else ""
    return Card("Turns waiting", found["n"], note, _list("conversations_conversation", "last_turn=queued"), tone)


def failures() -> Card:
    """Turns that failed in the last day, found through the conversations of the last two (indexed by time)."""
    now = timezone.now()
    lately = Turn.objects.filter(conversation__last_message_at__gte=now - timedelta(days=2))
    count = lately.filter(state=TurnState.FAILED, finished_at__gte=now - timedelta(days=1)).count()
    note = "visitors got no answer" if count else "every turn was answered"
    return Card(
        "Failed in the last day",
        count,
        note,
        _list("conversations_conversation", "last_turn=failed"),
        "bad" if count else "",
    )


def reports() -> Card:
    """Problem reports that nobody has handled."""
    count = ProblemReport.objects.filter(handled_at=None).count()
    return Card(
        "Problem reports",
        count,
        "not handled yet",
        _list("conversations_problemreport", "handled=no"),
        "warn" if count else "",
    )


def providers() -> Card:
    """Which model answers where a site names none (see `routing.route`), and whose last call failed."""
    link = _list("routing_provider")
    enabled = Model.objects.filter(enabled=True, provider__enabled=True).select_related("provider")
    ready = sorted((m for m in enabled if m.provider.ready), key=lambda m: m.name != settings.DEFAULT_MODEL)
    if not ready:
        note = "no model is ready: the articles themselves answer"
        return Card("Answers come from", "articles", note, link, "warn")
    refusing = sorted({model.provider.name for model in ready if model.provider.last_error})
    note = (
        f"last call failed: {', '.join(refusing)}"
        if refusing
        else f"of {ready[0].provider}, where a site names no other"
    )
    return Card("Answers come from", ready[0].name, note, link, "bad" if refusing else "good")


def money() -> Card | None:
    """How the fullest budget stands, once there is one."""
    fullest = next(iter(bars()), None)
    if fullest is None:
        return None
    note = f"{fullest.name}: {fullest.words}" + (f": {fullest.reached}" if fullest.reached else "")
    return Card("Budget", f"{fullest.percent} %", note, _list("routing_spend"), fullest.tone)


def articles() -> Card:
    """How much of the knowledge can be searched."""
    found = Article.objects.aggregate(
        indexed=Count("pk", filter=Q(index_state=IndexState.INDEXED)),
        pending=Count("pk", filter=Q(index_state=IndexState.PENDING)),
        failed=Count("pk", filter=Q(index_state=IndexState.FAILED)),
    )
    parts = [f"{found[name]} {name}" for name in ("pending", "failed") if found[name]]
    tone = "bad" if found["failed"] else ""
    return Card(
        "Articles indexed",
        found["indexed"],
        ", ".join(parts) or "none is waiting",
        _list("memory_article"),
        tone,
    )


def sites() -> Card:
    """The brands."""
    return Card("Sites", Site.objects.count(), "each with a widget of its own", _list("people_site"))


CARDS: list[tuple[str, Callable[[], Card | None]]] = [
    ("conversations.view_escalation", escalations),
    ("conversations.view_conversation", turns_waiting),
    ("conversations.view_conversation", failures),
    ("conversations.view_problemreport", reports),
    ("conversations.view_conversation", today),
    ("routing.view_spend", money),
    ("routing.view_provider", providers),
    ("memory.view_article", articles),
    ("people.view_site", sites),
]
