"""Conversations that are logged, and what became of them."""

from observability.logs import writing
from observability.logs.buffer import buffer
from observability.models import LoggedConversation, LogRecord, SamplingPolicy


def fresh(monkeypatch):
    """Nothing waits to be written, and the writer knows nothing of Redis."""
    buffer.take()
    buffer.on_first(lambda: None)
    monkeypatch.setattr(writing, "writer", writing.Writer())


def share(percent, **of):
    """The policy for these."""
    return SamplingPolicy.objects.update_or_create(
        **{"site": None, "audience": None, "rule": None, **of}, defaults={"share": percent}
    )[0]


def kinds(conversation):
    """What is kept of it, in order."""
    return list(
        LogRecord.objects.filter(conversation=conversation).order_by("at", "number").values_list("kind", flat=True)
    )


def why(conversation):
    """The reasons."""
    return list(LoggedConversation.objects.filter(pk=conversation).values_list("reasons", flat=True))
