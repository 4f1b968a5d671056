"""What others keep of conversations goes with them, when one is deleted or its contact forgotten: logs, the events that
clients read again, and the questions that cached answers and the classifier learn from.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import transaction
from django.db.models.signals import pre_delete
from django_rq import get_connection

from conversations.delivery import eventlog
from conversations.models import Conversation, Message, Turn
from memory.remember import erased
from observability.logs.erasing import erase
from parley.words import forget_words
from routing.models import CacheMatch, RoutingLabel

_erased: ContextVar[bool] = ContextVar("logs_erased", default=False)


@contextmanager
def without_logs() -> Iterator[None]:
    """Inside, conversations that are deleted have no logs any more: who deletes thousands erases those together."""
    before = _erased.set(True)
    try:
        yield
    finally:
        _erased.reset(before)


def register() -> None:
    """Answer when a conversation goes, and when everything of a contact is erased."""
    pre_delete.connect(conversation_goes, sender=Conversation, dispatch_uid="conversations.forgetting")
    erased.connect(contact_is_erased, dispatch_uid="conversations.forgetting")


def conversation_goes(instance: Conversation, **_: object) -> None:
    """With its contact, too: Django deletes what belongs to a contact one by one."""
    if _erased.get():
        return
    conversation = instance.pk
    _forget_questions([conversation])
    transaction.on_commit(forget_words, robust=True)
    transaction.on_commit(lambda: erase([conversation]), robust=True)
    transaction.on_commit(lambda: _drop_events(conversation), robust=True)


def contact_is_erased(contact_id: UUID, **_: object) -> None:
    """The conversations stay, with the events that show them. Raises RedisError and database errors, which are told."""
    transaction.on_commit(forget_words, robust=True)  # other processes forget within minutes (parley.words)
    conversations = list(Conversation.objects.filter(contact_id=contact_id).values_list("pk", flat=True))
    _forget_questions(conversations)
    erase(conversations)


def _forget_questions(conversations: Sequence[UUID]) -> None:
    """Matches of cached answers and the classifier's labels, with what was judged of them."""
    turns = Turn.objects.filter(conversation__in=conversations).values("pk")
    CacheMatch.objects.filter(turn_id__in=turns).delete()
    messages = Message.objects.filter(conversation__in=conversations).values("pk")
    RoutingLabel.objects.filter(message_id__in=messages).delete()


def _drop_events(conversation: UUID) -> None:
    """As `eventlog.drop`, where there is no loop. Raises RedisError; the events expire then (EVENT_LOG_SECONDS)."""
    with get_connection("turns").pipeline() as pipe:
        pipe.delete(*eventlog.keys(conversation))
        pipe.publish(eventlog.channel(conversation), 0)
        pipe.execute()
