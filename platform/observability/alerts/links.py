"""Where to read on: an alert's own page, and the dashboard at its time."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from observability.models import AlertIncident

MARGIN = timedelta(minutes=15)  # shown before and after
BOARDS = {
    "latency": {"answer_seconds", "first_token_seconds", "model_seconds", "admission_seconds", "step_seconds"},
    "memory": {"recall_seconds", "recalled", "memories"},
    "costs": {"cost", "input_tokens", "cached_input_tokens", "output_tokens", "budget_used"},
    "queue": {
        "queue_seconds", "turns_in", "queue_depth", "tier_use", "open_sockets", "breakers_open", "model_errors",
    },
    "quality": {"conversations", "ratings", "reports", "escalations", "cache_lookups", "cache_verdicts"},
}  # fmt: skip
FILTERS = ("site", "model", "rule", "audience")


def page(incident: AlertIncident) -> str:
    """The path of its page."""
    return reverse("admin:observability_alertincident_change", args=[incident.pk])


def dashboard(incident: AlertIncident, now: datetime | None = None) -> str:
    """The path of the dashboard of its figure, from before it to after it, with its filters; empty without one."""
    now = now or timezone.now()
    board = next((slug for slug, figures in BOARDS.items() if incident.figure in figures), "overview")
    query: list[tuple[str, str]] = [
        ("from", _text(incident.began_at - MARGIN)),
        ("to", _text(min(now, (incident.resolved_at or now) + MARGIN))),
        *((kind, str(each)) for kind in FILTERS for each in incident.where.get(kind, [])),
    ]
    try:
        return f"{reverse('admin:observability_dashboards_board', args=[board])}?{urlencode(query)}"
    except NoReverseMatch:
        return ""


def absolute(path: str) -> str:
    """The path with PARLEY_PUBLIC_URL before it, or as it is where that is not set."""
    return f"{settings.PUBLIC_URL}{path}" if path else ""


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"
