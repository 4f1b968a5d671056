"""What is to be forgotten is told to no model any more, and stands in no summary.

A message that a memory came from is kept in its transcript, marked; so are the answers to it, which may repeat it. The
summary of its conversation is dropped, with what was asked for the next one, and made anew without them.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection
from django.db.models.functions import Left, Now

from conversations.models import Conversation, ConversationSummary, Message
from conversations.summaries.writing import PURPOSE
from routing.models import BatchItem

# The answers to a message: those of its turns, and all that was said until the contact spoke again.
MARK = """
    UPDATE conversations_message m SET forgotten_at = now()
    FROM conversations_message said
    WHERE said.id = ANY(%s) AND m.conversation_id = said.conversation_id AND m.id >= said.id AND m.forgotten_at IS NULL
      AND (m.turn_id IN (SELECT id FROM conversations_turn WHERE message_id = said.id)
           OR m.id < coalesce((SELECT min(next.id) FROM conversations_message next
                               WHERE next.conversation_id = said.conversation_id AND next.id > said.id
                                 AND next.role = 'contact'), m.id + 1))
"""


def forget_said(contact_id: UUID, messages: Sequence[int] | None, conversations: Sequence[UUID], **_: object) -> None:
    """Answer memory's `forgotten`, in its transaction."""
    whole = set(conversations)
    if messages is None:
        whole |= set(Conversation.objects.filter(contact_id=contact_id).values_list("pk", flat=True))
    numbers = list(messages or ())
    parts = set(Message.objects.filter(pk__in=numbers).values_list("conversation_id", flat=True))
    _lock(whole | parts)
    Message.objects.filter(conversation__in=whole, forgotten_at=None).update(forgotten_at=Now())
    with connection.cursor() as cursor:
        cursor.execute(MARK, [numbers])
    drop(whole | parts)


def conversation_goes(instance: Conversation, **_: object) -> None:
    """A conversation is deleted: what was asked about it goes with it."""
    withdraw([instance.pk])


def drop(conversations: Collection[UUID]) -> None:
    """Forget their summaries, and what was asked for the next ones. Joins the caller's transaction."""
    withdraw(conversations)
    ConversationSummary.objects.filter(pk__in=conversations).delete()


def withdraw(conversations: Collection[UUID]) -> None:
    """Forget requests and results about these conversations."""
    asked = BatchItem.objects.filter(purpose=PURPOSE).annotate(about=Left("key", 36))
    asked.filter(about__in=[str(each) for each in conversations]).delete()


def _lock(conversations: Collection[UUID]) -> None:
    """Keep anybody from asking for a summary, or keeping one, until the transaction ends."""
    rows = Conversation.objects.filter(pk__in=conversations).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))
