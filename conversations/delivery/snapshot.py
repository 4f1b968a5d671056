"""The whole of a conversation as one frame, for clients whose cursor holds no longer."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from conversations.delivery.transcript import APOLOGY, newest_messages
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
FAILED = """
    SELECT t.id AS turn, t.message_id AS message, t.state, t.attempt, EXISTS (
        SELECT 1 FROM conversations_turn o WHERE o.conversation_id = t.conversation_id AND o.id > t.id) AS repeated
    FROM conversations_turn t WHERE t.conversation_id = %s AND t.state = 'failed' ORDER BY t.id DESC LIMIT 10
"""


async def snapshot(conversation: UUID, cursor: str, events: Iterable[str]) -> str:
    """The frame, with the cursor that was read before Postgres was asked: what follows it is news or known already.

    `events` are the frames that the log holds; the unfinished answers' blocks are drawn from them.
    """
    async with (await postgres()).connection() as connection:
        async with connection.cursor(row_factory=dict_row) as rows:
            await rows.execute(CONVERSATION, [conversation])
            about = await rows.fetchone() or {"handler": "bot", "solved": None, "escalated": False}
            await rows.execute(TURNS, [conversation])
            turns = await rows.fetchall()
            await rows.execute(FAILED, [conversation])
            failed = await rows.fetchall()
        messages, more = await newest_messages(connection, conversation)
    blocks = partial_answers(events) if turns else {}
    frame = {
        "n": cursor,
        "type": "snapshot",
        "conversation": {"id": str(conversation), **about},
        "messages": messages,
        "turns": [
            *({**turn, "place": None, "blocks": [], "error": APOLOGY} for turn in reversed(failed)),
            *({**turn, "blocks": blocks.get((turn["turn"], turn["attempt"]), [])} for turn in turns),
        ],
        "more": more,
    }
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def partial_answers(events: Iterable[str]) -> dict[tuple[int, int], list[str]]:
    """The blocks that the deltas add up to, for each turn and attempt."""
    answers: dict[tuple[int, int], list[str]] = {}
    for frame in map(json.loads, events):
        if frame["type"] == "delta":
            blocks: list[Any] = answers.setdefault((frame["turn"], frame["attempt"]), [])
            blocks[frame["from"] :] = frame["blocks"]
    return answers
