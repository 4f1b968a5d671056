"""After an answer: memory gets its copy of what was said, and the conversation is looked at when it is idle."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from memory.recall import remember_messages
from memory.remember.policies import default_policy
from memory.scope import scoped
from parley.pools import postgres

Noted = tuple[int, bool, str, datetime]  # message id, whether the contact said it, text, when


async def note_turn(contact_id: UUID, conversation: UUID, messages: Sequence[Noted]) -> bool:
    """Keep copies of these messages, and have the conversation looked at once nothing was said in it for a while.

    Returns whether it did: not where memory is off for the site, for this contact, or for anonymous ones, and not for
    a contact who is gone. Noting the same message again changes nothing.
    """
    fallback = default_policy()
    parameters = {
        "contact": contact_id,
        "conversation": conversation,
        "enabled": fallback.enabled,
        "anonymous": fallback.anonymous,
        "idle": fallback.idle_seconds,
    }
    async with (await postgres()).connection() as connection:
        async with scoped(connection, contact_id):
            cursor = await connection.execute(_sql(), parameters)
        noted = await cursor.fetchone() is not None
    if noted:
        await remember_messages(contact_id, conversation, messages)
    return noted


@cache
def _sql() -> str:
    return (Path(__file__).parent / "note.sql").read_text(encoding="utf-8")
