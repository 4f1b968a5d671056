"""Times, lengths and links as the admin shows them."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

STATE_LABELS = {
    "Queued": "info",
    "Running": "info",
    "Answered": "success",
    "Failed": "danger",
    "Cancelled": "default",
}


def length(span: timedelta | float | None) -> str:
    """A length of time in two figures at most: 0.4 s, 12 s, 3 min, 2 h 5 min, 4 d. Empty for None."""
    if span is None:
        return ""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    seconds = max(seconds, 0.0)  # clocks of two machines may differ
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes = round(seconds) // 60
    if minutes < 1:
        return f"{round(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 1440 else f"{minutes // 1440} d"


def between(start: datetime | None, end: datetime | None) -> str:
    """The length from start to end; empty while one is missing."""
    return length(end - start) if start and end else ""


def ago(when: datetime | None) -> SafeString | str:
    """How long ago, with the time itself as a tooltip."""
    if when is None:
        return ""
    seconds = (timezone.now() - when).total_seconds()
    return _time(when, f"{length(round(seconds))} ago" if seconds >= 10 else "just now", "ago")


def waiting(since: datetime) -> SafeString:
    """How long somebody has waited until now."""
    return _time(since, length(timezone.now() - since), "since")


def _time(when: datetime, words: str, kind: str) -> SafeString:
    exact = f"{when:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}" data-{}>{}</time>', when.isoformat(), exact, kind, words)


def transcript_link(conversation: Any, anchor: str = "", words: str = "") -> SafeString:
    """A link to the conversation's transcript; its title stands for words that are not given."""
    return format_html(
        '<a class="parley-link" href="{}{}">{}</a>',
        transcript_url(conversation.pk),
        anchor,
        words or str(conversation),
    )


def transcript_url(conversation_id: object) -> str:
    """The address of a transcript."""
    return reverse("admin:conversations_conversation_change", args=[conversation_id])


def person(user: Any) -> str:
    """A member of staff by name; empty for nobody."""
    return str(user.get_full_name() or user.get_username()) if user else ""
