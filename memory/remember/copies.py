"""Memory's copies of single messages, taken away again."""

from collections.abc import Collection
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.dispatch import Signal

from memory.models import RememberedMessage
from memory.recall.messages import MOST_CHARACTERS
from memory.recall.sql import statement

MOST_ANSWERS = 20  # of agents and the bot, to one message
# Something is forgotten. Sent inside the transaction that forgets, with contact_id, the numbers of the messages that
# said it (None: all that the contact ever said) and the ids of conversations known here of which all is meant. A
# receiver that raises undoes it.
forgotten = Signal()


def forget_copies(contact_id: UUID, messages: Collection[int]) -> None:
    """Delete the copies of these messages and of what was answered to them, which may repeat it, and their words from
    those of their neighbours; inside a scope. Other apps are told (`forgotten`).
    """
    if messages:
        forgotten.send(sender=RememberedMessage, contact_id=contact_id, messages=list(messages), conversations=[])
    for copy in [*_own(contact_id).filter(message__in=messages)]:
        for each in [copy, *_answers(copy)]:
            _forget(each)


def _own(contact_id: UUID) -> "QuerySet[RememberedMessage]":
    return RememberedMessage.objects.filter(contact_id=contact_id)


def _answers(copy: RememberedMessage) -> list[RememberedMessage]:
    """What others said after it, until the contact spoke again."""
    after = _own(copy.contact_id).filter(conversation=copy.conversation, message__gt=copy.message).order_by("message")
    return list(takewhile(lambda said: not said.by_contact, after[:MOST_ANSWERS]))


def _forget(copy: RememberedMessage) -> None:
    place = {"contact": copy.contact_id, "conversation": copy.conversation, "first": copy.message, "last": copy.message}
    copy.delete()
    parameters: dict[str, Any] = {**place, "most_characters": MOST_CHARACTERS}
    with connection.cursor() as cursor:
        cursor.execute(statement("window"), parameters)
