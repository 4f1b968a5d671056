"""Finish: the answer, its cost and the turn's last state in one transaction, conditional on owner and attempt."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.delivery.transcript import APOLOGY, message_object
from conversations.models import Role, TurnState
from conversations.turns.claim import ClaimedTurn, LostTurn
from conversations.turns.plan import Plan
from conversations.turns.queue import enqueue
from conversations.turns.retrieve import passage_note
from parley.pools import postgres

LOCK = "UPDATE conversations_conversation SET last_message_at = now() WHERE id = %s"
# A rule or a cached answer that was deleted meanwhile must not keep the turn from its end.
ROUTED = """
            rule_id = (SELECT id FROM routing_routingrule WHERE id = %(rule)s),
            cached_answer_id = (SELECT id FROM routing_cachedanswer WHERE id = %(cached_answer)s),
            score = %(score)s, route = %(route)s, cache = %(cache)s, recalled = %(recalled)s
"""
# One statement, in the order in which each part needs the one before. The conversation's row is locked first, as accept
# does. Its next turn is looked for in another statement, whose snapshot has what accept committed while we waited.
CONCLUDED = """
    WITH locked AS (
        UPDATE conversations_conversation SET last_message_at = now() WHERE id = %(conversation)s RETURNING id
    ), ended AS (
        UPDATE conversations_turn t SET state = %(state)s, finished_at = now(), error = '', error_detail = '',
            model_id = %(model)s, model_name = %(model_name)s, input_tokens = %(input_tokens)s,
            cached_input_tokens = %(cached_input_tokens)s, output_tokens = %(output_tokens)s, cost = %(cost)s,
            cache_write_tokens = %(cache_write_tokens)s, answered_by = %(answered_by)s,
            finish_reason = %(finish_reason)s, passages = %(passages)s, plan = NULL, ROUTED,
            admitted_at = now() - %(admitted_ago)s * interval '1 s',
            first_token_at = now() - %(first_token_ago)s * interval '1 s'
        FROM locked WHERE t.id = %(id)s AND t.conversation_id = locked.id
            AND t.state = 'running' AND t.owner = %(owner)s AND t.attempt = %(attempt)s
        RETURNING t.id
    ), said AS (
        INSERT INTO conversations_message (conversation_id, role, text, turn_id, sources, stopped)
        SELECT %(conversation)s, 'bot', %(text)s, ended.id, %(sources)s, %(stopped)s
        FROM ended WHERE %(text)s <> '' OR NOT %(stopped)s
        RETURNING id, created_at
    )
    SELECT said.id, said.created_at FROM ended LEFT JOIN said ON true
""".replace("ROUTED", ROUTED)
FAILED = """
    UPDATE conversations_turn SET state = 'failed', finished_at = now(), error = %(error)s, error_detail = %(detail)s,
        plan = NULL, ROUTED
    WHERE id = %(id)s AND state = 'running' AND owner = %(owner)s AND attempt = %(attempt)s
""".replace("ROUTED", ROUTED)
# A turn that the visitor stopped meanwhile is over: nobody would take it from the queue.
GIVEN_BACK = """
    UPDATE conversations_turn
    SET state = CASE WHEN stopped_at IS NULL THEN 'queued' ELSE 'cancelled' END,
        finished_at = CASE WHEN stopped_at IS NOT NULL THEN now() END,
        queued_at = now(), owner = '', error = %(error)s, error_detail = %(detail)s
    WHERE id = %(id)s AND state = 'running' AND owner = %(owner)s AND attempt = %(attempt)s
    RETURNING state
"""
NEXT = """
    SELECT id, attempt FROM conversations_turn WHERE conversation_id = %s AND state = 'queued' ORDER BY id LIMIT 1
"""


@dataclass(frozen=True)
class Answer:
    """What the turn ends with: the text, where it was drawn from, and what it cost.

    `admitted` and `first_token` are monotonic seconds: when the rate tier let the turn in, when its first words came.
    `stopped`: the visitor wanted no more of it.
    """

    text: str
    sources: Sequence[dict[str, str]] = ()
    model: int | None = None
    model_name: str = ""
    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    output_tokens: int | None = None
    cache_write_tokens: int | None = None
    cost: Decimal | None = Decimal(0)  # None: the model has no price
    finish_reason: str = ""
    answered_by: str = ""
    admitted: float | None = None
    first_token: float | None = None
    stopped: bool = False


async def finish(turn: ClaimedTurn, answer: Answer, plan: Plan | None = None) -> tuple[int, datetime] | None:
    """Store the answer, tell the clients, start the conversation's next turn. Raises LostTurn.

    A turn whose answer was stopped is cancelled; what there is of the answer, if anything, is kept.
    Returns the number and the time of the answer's message.
    """
    async with (await postgres()).connection() as connection:
        stored: Any = await (await connection.execute(CONCLUDED, _values(turn, answer, plan or Plan([])))).fetchone()
        if stored is None:
            raise LostTurn
        following = await next_turn(connection, turn.conversation)
    if stored[0] is None:
        event = cancelled_event(turn.id, turn.attempt)
    else:
        event = Event("answer", {"message": _shown(turn, answer, *stored)}, turn=turn.id, attempt=turn.attempt)
    await _ended(turn, event, following)
    return None if stored[0] is None else (int(stored[0]), stored[1])


def _shown(turn: ClaimedTurn, answer: Answer, message: int, at: datetime) -> dict[str, Any]:
    """The protocol's object of the answer's message."""
    return message_object(
        {
            "id": message,
            "role": Role.BOT,
            "text": answer.text,
            "sources": list(answer.sources),
            "turn_id": turn.id,
            "stopped": answer.stopped,
            "answered_by": answer.answered_by,
            "created_at": at,
        }
    )


async def fail(turn: ClaimedTurn, error: str, detail: str, plan: Plan | None = None) -> None:
    """Give the turn up: the visitor is told kindly, the administrator exactly. Raises LostTurn."""
    values = {"error": error[:30], "detail": detail[:4000], **_routed(plan or Plan([]))}
    async with (await postgres()).connection() as connection, connection.transaction():
        await _end(connection, turn, FAILED, values)
        following = await next_turn(connection, turn.conversation)
    await _ended(turn, failed_event(turn.id, turn.attempt, error), following)


async def give_back(turn: ClaimedTurn, error: str, detail: str) -> None:
    """Return the turn to the queue for another attempt; a stopped one is cancelled. Raises LostTurn."""
    async with (await postgres()).connection() as connection, connection.transaction():
        given = await _end(connection, turn, GIVEN_BACK, {"error": error[:30], "detail": detail[:4000]})
        row: Any = await given.fetchone()
        stopped = row[0] == TurnState.CANCELLED
        following = await next_turn(connection, turn.conversation) if stopped else (turn.id, turn.attempt)
    if stopped:
        await announce(turn.conversation, cancelled_event(turn.id, turn.attempt))
    if following:
        await enqueue(*following)


def failed_event(turn: int, attempt: int, code: str) -> Event:
    """The last event of a turn that has no answer."""
    return Event("failed", {"code": code, "message": APOLOGY}, turn=turn, attempt=attempt)


def cancelled_event(turn: int, attempt: int) -> Event:
    """The last event of a turn that was stopped before there was anything of an answer."""
    return Event("cancelled", {}, turn=turn, attempt=attempt)


async def next_turn(connection: AsyncConnection[Any], conversation: UUID) -> tuple[int, int] | None:
    """(turn, attempt) of the conversation's oldest queued turn."""
    row = await (await connection.execute(NEXT, [conversation])).fetchone()
    return (int(row[0]), int(row[1])) if row else None


async def _end(
    connection: AsyncConnection[Any], turn: ClaimedTurn, statement: str, values: dict[str, Any]
) -> AsyncCursor[Any]:
    # The conversation's row is locked first, as accept does: so one of the two starts the next turn, and only one.
    await connection.execute(LOCK, [turn.conversation])
    ended = await connection.execute(statement, {"id": turn.id, "owner": turn.owner, "attempt": turn.attempt, **values})
    if ended.rowcount != 1:
        raise LostTurn
    return ended


async def _ended(turn: ClaimedTurn, event: Event, following: tuple[int, int] | None) -> None:
    await announce(turn.conversation, event)
    if following:
        await enqueue(*following)


def _values(turn: ClaimedTurn, answer: Answer, plan: Plan) -> dict[str, Any]:
    return {
        **_routed(plan),
        "conversation": turn.conversation,
        "id": turn.id,
        "owner": turn.owner,
        "attempt": turn.attempt,
        "state": TurnState.CANCELLED if answer.stopped else TurnState.ANSWERED,
        "model": answer.model,
        "model_name": answer.model_name,
        "input_tokens": answer.input_tokens,
        "cached_input_tokens": answer.cached_input_tokens,
        "output_tokens": answer.output_tokens,
        "cache_write_tokens": answer.cache_write_tokens,
        "cost": answer.cost,
        "finish_reason": answer.finish_reason,
        "answered_by": answer.answered_by,
        "passages": json.dumps([passage_note(hit) for hit in plan.hits]),
        "admitted_ago": _ago(answer.admitted),
        "first_token_ago": _ago(answer.first_token),
        "text": answer.text,
        "sources": json.dumps(list(answer.sources)),
        "stopped": answer.stopped,
    }


def _routed(plan: Plan) -> dict[str, Any]:
    """Of ROUTED: what was decided, and why. A cached answer is served before anything is decided."""
    hit, decision = plan.cached, plan.decision
    instead = len(plan.memories) + plan.summary.get("characters", 0)
    # Characters, which the savings report reads.
    history: dict[str, Any] = {"left_out": plan.left_out, "in_its_place": instead}
    history |= {"summary": plan.summary} if plan.summary else {}
    history |= {"estimated": plan.estimated} if plan.estimated else {}
    return {
        "rule": decision.rule_id,
        "cached_answer": hit.answer_id if hit else None,
        "score": decision.score,
        "route": json.dumps({} if hit else decision.as_json() | history),
        "cache": json.dumps(plan.cache),
        "recalled": json.dumps(plan.recalled),
    }


def _ago(moment: float | None) -> float | None:
    return None if moment is None else time.monotonic() - moment
