"""What was said, as clients see it: message objects for frames."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from conversations.models import Role
from parley.markdown import render
from parley.words import words_cache
from routing.models import AnsweredBy

PAGE = 50
APOLOGY = "Sorry, I could not answer this just now. You can ask again, or talk to a person."
MESSAGES = """
    SELECT m.id, m.client_id, m.role, m.text, m.sources, m.created_at, m.turn_id, m.stopped, r.value AS rating,
           t.answered_by,
           coalesce(nullif(u.first_name, ''), u.username) AS author
    FROM conversations_message m
    LEFT JOIN conversations_turn t ON t.id = m.turn_id
    LEFT JOIN conversations_rating r ON r.message_id = m.id
    LEFT JOIN auth_user u ON u.id = m.author_id
    WHERE m.conversation_id = %(conversation)s AND m.superseded_at IS NULL
      AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
    ORDER BY m.id DESC LIMIT %(limit)s
"""
rendered = words_cache(maxsize=4096)(render)


def message_object(row: dict[str, Any]) -> dict[str, Any]:
    """The protocol's `message` (docs/protocol.md) from a row of MESSAGES."""
    said_by_contact = row["role"] == Role.CONTACT
    return {
        "id": row["id"],
        "client_id": str(row["client_id"]) if row.get("client_id") else None,
        "role": row["role"],
        "text": row["text"],
        "html": None if said_by_contact else rendered(row["text"]),
        "author": row.get("author"),
        "sources": row.get("sources") or [],
        "rating": row.get("rating"),
        "turn": row.get("turn_id"),
        "stopped": bool(row.get("stopped")),
        "cached": row.get("answered_by") == AnsweredBy.CACHE,
        "at": iso(row["created_at"]),
    }


def iso(moment: datetime) -> str:
    """ISO 8601, UTC, milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def newest_messages(
    connection: AsyncConnection[Any], conversation: UUID, before: int | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """Up to PAGE messages, oldest first, older than `before` where it is given; and whether there are more."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(MESSAGES, {"conversation": conversation, "before": before, "limit": PAGE + 1})
        rows: Iterable[dict[str, Any]] = await cursor.fetchall()
    found = [message_object(row) for row in rows]
    return found[:PAGE][::-1], len(found) > PAGE
