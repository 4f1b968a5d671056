"""Forgetting what was logged of conversations: in Redis, in what is held, and in what is kept."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from django.db import connection, transaction

from observability.logs.holding import forget_in_redis
from observability.logs.keeping import LOCK
from observability.models import HeldLog, LoggedConversation, LogRecord

MARK: LiteralString = """
    INSERT INTO observability_logerasure (conversation, at) SELECT unnest(%s::uuid[]), clock_timestamp()
    ON CONFLICT (conversation) DO UPDATE SET at = excluded.at
"""


def erase(conversations: Sequence[UUID]) -> int:
    """Delete their records; how many were kept. What another process was about to write is not kept either.

    Raises RedisError and database errors; erasing again is safe then. What happens afterwards is logged anew.
    """
    conversations = list(conversations)
    if not conversations:
        return 0
    forget_in_redis(conversations)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            cursor.execute(MARK, [conversations])
        HeldLog.objects.filter(conversation__in=conversations).delete()
        deleted = LogRecord.objects.filter(conversation__in=conversations).delete()[0]
        LoggedConversation.objects.filter(conversation__in=conversations).delete()
    return deleted
