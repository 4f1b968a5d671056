"""Remembering: what is known of the contact goes into the prompt; what was said goes to memory, after the answer."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from conversations.summaries.extent import due
from conversations.summaries.writing import extend
from conversations.turns.claim import ClaimedTurn
from conversations.turns.plan import Plan
from memory.embedding.asked import Asked
from memory.recall import Recalled, mark_recalled, mark_useful, recall
from memory.remember import note_turn
from observability.tracing import span
from parley.background import spawn
from parley.pools import postgres

log = logging.getLogger(__name__)
RECALLED_FOR = """
    SELECT v.contact_id, t.recalled FROM conversations_message m
    JOIN conversations_turn t ON t.id = m.turn_id JOIN conversations_conversation v ON v.id = t.conversation_id
    WHERE m.id = %s
"""
Said = tuple[int, str, datetime]  # a message's id, its text, when


async def remembered(turn: ClaimedTurn, asked: Asked | None) -> Recalled:
    """What fits the question, beside what is in the prompt anyway. Never raises for a memory that is off or away."""
    shown = (turn.conversation, turn.history_from or turn.message)
    with span("recall") as step:
        found = await recall(turn.contact, turn.text, asked, site_id=turn.site_id, shown=shown)
        step.set(memories=len(found.memories), messages=len(found.messages), away="away" in found.note)
    return found


def note(turn: ClaimedTurn, answer: Said | None, plan: Plan) -> None:
    """After the answer, and never in its way: memory's copy of what was said, what was recalled for it, and a longer
    summary when enough was said since the last.
    """
    spawn(_note(turn, answer, plan))
    if due(turn.fresh, turn.history):
        spawn(extend(turn.conversation))


async def helped(answer: int) -> None:
    """A visitor called this answer good: what was remembered for it was of use."""
    async with (await postgres()).connection() as connection:
        row: Any = await (await connection.execute(RECALLED_FOR, [answer])).fetchone()
    if row:
        await mark_useful(row[0], _memories(row[1]))


def _memories(recalled: Mapping[str, Any]) -> list[int]:
    return [entry["memory"] for entry in recalled.get("recalled", ()) if "memory" in entry]


async def _note(turn: ClaimedTurn, answer: Said | None, plan: Plan) -> None:
    said = [(turn.message, True, turn.text, turn.said_at)]
    if answer:
        number, text, at = answer
        said.append((number, False, text, at))
    with span("remember"):
        await _remember(turn, said, plan)


async def _remember(turn: ClaimedTurn, said: list[tuple[int, bool, str, datetime]], plan: Plan) -> None:
    try:
        await mark_recalled(turn.contact, _memories(plan.recalled))
        await note_turn(turn.contact, turn.conversation, said)
    except (OperationalError, PoolTimeout) as error:
        log.warning("Turn %s is not noted for memory (%s)", turn.id, type(error).__name__)
