"""What conversations tell the classifier: visitors' messages to label, and what visitors' behaviour says of them.

Routing, below us, asks for both through routing/classifier/sources.py.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from conversations.models import Escalation, Message, Rating, Role, Turn
from routing.classifier.sources import AskedMessage, WeakLabel, register_messages, register_weak_labels
from routing.models import AnsweredBy, RoutingLabel

SOON = timedelta(minutes=15)  # who asks for a person later has another reason than the last answer
MOST = 5000  # weak labels of a kind, the newest
LOOKED_AT = 5000  # of the newest messages, those without a label are offered
Source = RoutingLabel.Source


def register() -> None:
    """Called when the app is ready."""
    register_messages(recent_messages, message)
    register_weak_labels(weak_labels)


def recent_messages(most: int, without: Collection[int]) -> list[AskedMessage]:
    """The newest messages of visitors, each text once."""
    said = Message.objects.filter(role=Role.CONTACT, forgotten_at=None).exclude(text="").order_by("-pk")
    newest = [row for row in _rows(said[: min(most + len(without), LOOKED_AT)]) if row.id not in set(without)]
    return list({row.text.strip(): row for row in reversed(newest)}.values())[::-1][:most]


def message(message_id: int) -> AskedMessage | None:
    """A visitor's message; None for one that does not exist, was forgotten, or that somebody else said."""
    return next(iter(_rows(Message.objects.filter(pk=message_id, role=Role.CONTACT, forgotten_at=None))), None)


def _rows(said: QuerySet[Message]) -> Iterable[AskedMessage]:
    score = Turn.objects.filter(message=OuterRef("pk"), score__isnull=False).order_by("-pk").values("score")[:1]
    found = said.annotate(score=Subquery(score)).values_list("pk", "text", "conversation__site_id", "score")
    return (AskedMessage(*row) for row in found)


def weak_labels() -> Sequence[WeakLabel]:
    """Messages for which a small model seems to have been too little: the visitor put the thumb down, asked again, or
    wanted a person soon after its answer."""
    found = {Source.THUMB: _disliked(), Source.AGAIN: _asked_again(), Source.ESCALATION: _escalated()}
    return [label for source, turns in found.items() for label in _labels(turns, source)]


def _by_small_model() -> QuerySet[Turn]:
    return Turn.objects.filter(answered_by=AnsweredBy.MODEL, model__size="small", message__forgotten_at=None)


def _disliked() -> QuerySet[Turn]:
    return _by_small_model().filter(answer__rating__value=Rating.Value.DOWN)


def _asked_again() -> QuerySet[Turn]:
    return _by_small_model().filter(replaced_by__isnull=False)


def _escalated() -> QuerySet[Turn]:
    """The last answer before the visitor asked for a person; a rule's handing over says nothing of a model."""
    wanted = Escalation.objects.filter(
        conversation=OuterRef("conversation"),
        created_at__gte=OuterRef("finished_at"),
        created_at__lte=OuterRef("finished_at") + SOON,
    ).exclude(reason__startswith="Rule: ")
    later = Turn.objects.filter(conversation=OuterRef("conversation"), pk__gt=OuterRef("pk"))
    return _by_small_model().filter(Exists(wanted), ~Exists(later.filter(Q(finished_at__lte=_first_wish()))))


def _first_wish() -> Subquery:
    """When the visitor first wanted a person after the turn that is looked at."""
    wishes = Escalation.objects.filter(
        conversation=OuterRef("conversation"), created_at__gte=OuterRef(OuterRef("finished_at"))
    )
    return Subquery(wishes.order_by("created_at").values("created_at")[:1])


def _labels(turns: QuerySet[Turn], source: RoutingLabel.Source) -> Iterable[WeakLabel]:
    """One for each message, of its newest turn."""
    rows = turns.order_by("-pk").values_list("message_id", "message__text", "conversation__site_id")[:MOST]
    newest = {row[0]: row for row in rows}
    return (WeakLabel(*row, source) for row in newest.values())
