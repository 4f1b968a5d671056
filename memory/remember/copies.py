"""Memory's copies of single messages, taken away again."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from memory.models import RememberedMessage
from memory.recall.messages import MOST_CHARACTERS
from memory.recall.sql import statement


def forget_copies(contact_id: UUID, messages: Collection[int]) -> None:
    """Delete the copies of these messages, and their words from those of their neighbours; inside a scope."""
    for copy in RememberedMessage.objects.filter(contact_id=contact_id, message__in=messages):
        conversation, message = copy.conversation, copy.message
        copy.delete()
        place = {"contact": contact_id, "conversation": conversation, "first": message, "last": message}
        parameters: dict[str, Any] = {**place, "most_characters": MOST_CHARACTERS}
        with connection.cursor() as cursor:
            cursor.execute(statement("window"), parameters)
