"""Remembering: what is known of the contact goes into the prompt; what was said goes to memory, after the answer."""

import dataclasses
import logging

from django.conf import settings
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from conversations.turns.claim import ClaimedTurn
from memory.embedding import Vectors
from memory.recall import Recalled, mark_recalled, recall
from memory.remember.noting import note_turn
from parley.background import spawn
from parley.pools import postgres

log = logging.getLogger(__name__)
SAID = """
    SELECT id, role = 'contact', text, created_at FROM conversations_message
    WHERE id = %(question)s OR id = %(answer)s ORDER BY id
"""


async def remembered(turn: ClaimedTurn, vector: Vectors | None) -> Recalled:
    """What fits the question; nothing, with a note why, where memory is off or away. Never raises for that."""
    found = await recall(turn.contact, turn.text, vector, site_id=turn.site_id)
    if turn.messages > settings.HISTORY_MESSAGES:
        return found
    # All of this conversation is in the prompt already.
    earlier = [message for message in found.messages if message.conversation != turn.conversation]
    return dataclasses.replace(found, messages=earlier)


def note(turn: ClaimedTurn, answer: int | None, recalled: dict[str, object]) -> None:
    """After the answer, and never in its way: memory's copy of what was said, and what was of use."""
    spawn(_note(turn, answer, recalled))


async def _note(turn: ClaimedTurn, answer: int | None, recalled: dict[str, object]) -> None:
    entries = recalled.get("recalled")
    used = [entry["memory"] for entry in entries if "memory" in entry] if isinstance(entries, list) else []
    try:
        if used:
            await mark_recalled(turn.contact, used)
        async with (await postgres()).connection() as connection:
            rows = await connection.execute(SAID, {"question": turn.message, "answer": answer})
            said = [(int(row[0]), bool(row[1]), str(row[2]), row[3]) for row in await rows.fetchall()]
        await note_turn(turn.contact, turn.conversation, said)
    except (OperationalError, PoolTimeout) as error:
        log.warning("Turn %s is not noted for memory (%s)", turn.id, type(error).__name__)
