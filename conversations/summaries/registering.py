"""Summaries meet the other apps here: who takes replies, what is forgotten, what is exported."""

from typing import Any
from uuid import UUID

from django.db.models.signals import pre_delete

from conversations.models import Conversation, ConversationSummary
from conversations.summaries.forgetting import conversation_goes, forget_said
from conversations.summaries.writing import PURPOSE, take
from memory.remember import forgotten
from memory.remember.exporting import register_exporter
from routing.batches import on_result


def register() -> None:
    """Call it once, when the apps are ready."""
    on_result(PURPOSE)(take)
    forgotten.connect(forget_said, dispatch_uid="conversations.summaries")
    pre_delete.connect(conversation_goes, sender=Conversation, dispatch_uid="conversations.summaries")
    register_exporter("summaries", summaries)


def summaries(contact_id: UUID) -> list[dict[str, Any]]:
    """For the export: the summary of each of the contact's conversations that has one."""
    rows = ConversationSummary.objects.filter(conversation__contact_id=contact_id).order_by("pk")
    return [
        {
            "conversation": str(row.pk),
            "through_message": row.through_message,
            "text": row.text,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]
