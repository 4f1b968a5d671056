"""The whole of a conversation as one frame, for clients whose cursor holds no longer."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from conversations.delivery.transcript import APOLOGY, newest_messages
from conversations.models import TurnState
from parley.pools import postgres

CONVERSATION = """
    SELECT c.handler, c.solved, EXISTS (
        SELECT 1 FROM conversations_escalation e WHERE e.conversation_id = c.id AND e.closed_at IS NULL) AS escalated
    FROM conversations_conversation c WHERE c.id = %s
"""
TURNS = """
    SELECT t.id AS turn, t.message_id AS message, t.state, t.attempt, CASE WHEN t.state = 'queued' THEN (
        SELECT count(*) FROM conversations_turn o WHERE o.state = 'queued' AND o.id < t.id) END AS place
    FROM conversations_turn t WHERE t.conversation_id = %s AND t.state IN ('queued', 'running') ORDER BY t.id
"""
# Those that ended without an answer, and were not asked again.
UNANSWERED = """
    SELECT t.id AS turn, t.message_id AS message, t.state, t.attempt, EXISTS (
        SELECT 1 FROM conversations_turn o WHERE o.conversation_id = t.conversation_id AND o.id > t.id) AS repeated
    FROM conversations_turn t
    WHERE t.conversation_id = %s AND t.state IN ('failed', 'cancelled')
      AND NOT EXISTS (SELECT 1 FROM conversations_turn o WHERE o.replaces_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM conversations_message m WHERE m.turn_id = t.id)
    ORDER BY t.id DESC LIMIT 10
"""
WAITING = {"seconds": None, "late": False}


async def snapshot(conversation: UUID, cursor: str, events: Iterable[str]) -> str:
    """The frame, with the cursor that was read before Postgres was asked: what follows it is news or known already.

    `events` are the frames that the log holds; the unfinished answers' blocks and places are drawn from them.
    """
    async with (await postgres()).connection() as connection:
        async with connection.cursor(row_factory=dict_row) as rows:
            await rows.execute(CONVERSATION, [conversation])
            about = await rows.fetchone() or {"handler": "bot", "solved": None, "escalated": False}
            await rows.execute(TURNS, [conversation])
            turns = await rows.fetchall()
            await rows.execute(UNANSWERED, [conversation])
            unanswered = await rows.fetchall()
        messages, more = await newest_messages(connection, conversation)
    known = list(events) if turns else []
    blocks, told = partial_answers(known), places(known)
    frame = {
        "n": cursor,
        "type": "snapshot",
        "conversation": {"id": str(conversation), **about},
        "messages": messages,
        "turns": [
            *(_over(turn) for turn in reversed(unanswered)),
            *({**_waiting(turn, told), "blocks": blocks.get((turn["turn"], turn["attempt"]), [])} for turn in turns),
        ],
        "more": more,
    }
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def _over(turn: dict[str, Any]) -> dict[str, Any]:
    error = APOLOGY if turn["state"] == TurnState.FAILED else ""
    return {**turn, "place": None, **WAITING, "blocks": [], "error": error}


def _waiting(turn: dict[str, Any], told: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """A queued turn's place is what its line said last; Postgres counts for one that is in no line."""
    return {**turn, **WAITING, **(told.get(turn["turn"], {}) if turn["state"] == TurnState.QUEUED else {})}


def places(events: Iterable[str]) -> dict[int, dict[str, Any]]:
    """What the newest `place` event of each turn says: place, seconds, late."""
    told = [json.loads(event) for event in events if '"type":"place"' in event[:100]]
    return {
        frame["turn"]: {name: frame[name] for name in ("place", "seconds", "late")}
        for frame in told
        if frame["type"] == "place"
    }


def partial_answers(events: Iterable[str]) -> dict[tuple[int, int], list[str]]:
    """The blocks that the deltas add up to, for each turn and attempt."""
    answers: dict[tuple[int, int], list[str]] = {}
    for frame in map(json.loads, events):
        if frame["type"] == "delta":
            blocks: list[Any] = answers.setdefault((frame["turn"], frame["attempt"]), [])
            blocks[frame["from"] :] = frame["blocks"]
    return answers
