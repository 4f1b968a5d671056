"""Reading what is kept of a conversation, for pages and for the trace of a turn."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from observability.logs.kinds import Kind
from observability.models import LoggedConversation, LogRecord

PAGE = 300


def logged(conversations: Iterable[UUID]) -> set[UUID]:
    """Those whose logs are kept. One statement."""
    rows = LoggedConversation.objects.filter(conversation__in=list(conversations))
    return set(rows.values_list("conversation", flat=True))


def records(conversation: UUID, page: int = 1) -> list[LogRecord]:
    """In order, PAGE of them."""
    rows = LogRecord.objects.filter(conversation=conversation).order_by("at", "number")
    return list(rows[(page - 1) * PAGE : page * PAGE])


def prompts(conversation: UUID, turn: int) -> list[Any]:
    """The exact requests of a turn in order, as far as they were logged; names are redacted."""
    rows = LogRecord.objects.filter(conversation=conversation, turn=turn, kind=Kind.PROMPT)
    return [row.content for row in rows.order_by("at", "number")]
