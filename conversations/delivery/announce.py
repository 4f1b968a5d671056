"""Telling clients, after the commit. What cannot be told now is told by a snapshot later."""

import logging
from uuid import UUID

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event
from conversations.models import Conversation
from parley.pools import postgres

log = logging.getLogger(__name__)
BROKEN = "UPDATE conversations_conversation SET log_broken_at = now() WHERE id = %s"


async def announce(conversation: UUID, *events: Event) -> bool:
    """Append the events; False when Redis is away: the log is marked as broken, and recovery drops it."""
    try:
        await eventlog.append(conversation, *events)
    except (RedisError, OSError) as error:
        log.warning("Events of %s wait for Redis (%s)", conversation, type(error).__name__)
        await _mark(conversation)
        return False
    return True


def announce_now(conversation: UUID, *events: Event) -> None:
    """The same for synchronous code; call it after the commit."""
    try:
        eventlog.append_now(conversation, *events)
    except (RedisError, OSError) as error:
        from django.db.models.functions import Now

        log.warning("Events of %s wait for Redis (%s)", conversation, type(error).__name__)
        Conversation.objects.filter(pk=conversation).update(log_broken_at=Now())


async def _mark(conversation: UUID) -> None:
    try:
        async with (await postgres()).connection() as connection:
            await connection.execute(BROKEN, [conversation])
    except (OperationalError, PoolTimeout):
        log.exception(
            "Neither Redis nor Postgres is there; clients of %s catch up by reading now and then",
            conversation,
        )
