"""Claim: make a queued turn ours by compare-and-set, and load what its answer needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from conversations.summaries.extent import most_messages, step
from parley.pools import postgres

CLAIM = """
    WITH parked AS (SELECT parked_in FROM conversations_turn WHERE id = %(turn)s),
    summed AS (
        SELECT s.through_message, s.text
        FROM conversations_turn a JOIN conversations_conversationsummary s ON s.conversation_id = a.conversation_id
        WHERE a.id = %(turn)s AND s.through_message < a.message_id
    ),
    said AS (
        SELECT e.id, e.role, e.text, row_number() OVER (ORDER BY e.id DESC) AS place,
               e.id > coalesce((SELECT through_message FROM summed), 0) AS fresh
        FROM conversations_turn a JOIN conversations_message e ON e.conversation_id = a.conversation_id
            AND e.id < a.message_id AND e.superseded_at IS NULL AND e.forgotten_at IS NULL
        WHERE a.id = %(turn)s
    ),
    counted AS (SELECT count(*) FILTER (WHERE fresh) AS fresh FROM said),
    shown AS (
        SELECT said.*, said.fresh AND place <= counted.fresh - %(step)s
                * greatest(ceil((counted.fresh - %(history)s) / %(step)s::numeric), 0) AS recent
        FROM said, counted
    ),
    before AS (
        SELECT count(*) AS messages, coalesce(sum(length(text)), 0) AS characters,
               count(*) FILTER (WHERE fresh) AS fresh, min(id) FILTER (WHERE recent) AS history_from,
               coalesce(json_agg(json_build_array(role, text) ORDER BY id) FILTER (WHERE recent), '[]') AS history
        FROM shown
    )
    UPDATE conversations_turn t
    SET state = 'running', attempt = attempt + 1, owner = %(owner)s, started_at = now(), first_token_at = NULL,
        parked_at = NULL, parked_in = ''
    FROM conversations_message m, conversations_conversation c, people_site s, people_contact p, parked, before b
    WHERE t.id = %(turn)s AND t.state = 'queued' AND t.stopped_at IS NULL
      AND m.id = t.message_id AND c.id = t.conversation_id AND s.id = c.site_id AND p.id = c.contact_id
      AND NOT EXISTS (SELECT 1 FROM conversations_turn e
                      WHERE e.conversation_id = t.conversation_id AND e.id < t.id AND e.state IN ('queued', 'running'))
    RETURNING t.id, t.attempt, t.parks, t.owner, t.conversation_id AS conversation, t.message_id AS message,
              m.client_id, m.text, m.created_at AS said_at, t.accepted_at,
              t.started_at AS claimed_at, t.plan, parked.parked_in,
              t.replaces_id AS replaces,
              (SELECT o.id FROM conversations_message o WHERE o.turn_id = t.replaces_id) AS replaced_answer,
              b.messages, b.characters, b.fresh, b.history_from, b.history,
              (SELECT text FROM summed) AS summary, (SELECT through_message FROM summed) AS summary_through,
              s.id AS site_id, s.key AS site_key, s.name AS site_name, s.system_prompt, s.allowed_origins,
              p.id AS contact, p.key AS contact_key, p.audience_id
"""


class LostTurn(Exception):
    """The turn is no longer ours: another attempt has it, or it is finished."""

    trace_state = "lost"


@dataclass(frozen=True)
class ClaimedTurn:
    """A running turn that this worker owns, with the message to answer, its site, who asks and what was said before.

    Of the `messages` before it, which have so many `characters`, the `summary` stands for those up to
    `summary_through`, and `fresh` came after that. `history` is of these (role, text), oldest first; `history_from`
    numbers the first of them. What is too much is left out in steps (summary.step), not one with each turn, so that the
    prompts of neighbouring turns begin alike and vendors can read them from their caches.
    It `replaces` a turn that was asked again, and the answer of that one, if it had any.
    `plan` is what an earlier attempt prepared before it was parked, in the line of the tier `parked_in`.
    """

    id: int
    attempt: int
    parks: int
    owner: str
    conversation: UUID
    message: int
    client_id: UUID | None
    text: str
    said_at: datetime
    accepted_at: datetime
    claimed_at: datetime
    plan: dict[str, Any] | None
    parked_in: str
    replaces: int | None
    replaced_answer: int | None
    messages: int
    characters: int
    fresh: int
    history_from: int | None
    summary: str | None
    summary_through: int | None
    site_id: int
    site_key: str
    site_name: str
    system_prompt: str
    allowed_origins: str
    contact: UUID
    contact_key: str
    audience_id: int | None
    history: list[tuple[str, str]]

    @property
    def failures(self) -> int:
        """Attempts that did not end in waiting, this one included."""
        return self.attempt - self.parks


async def claim(turn_id: int, owner: str) -> ClaimedTurn | None:
    """The turn with its attempt counted up; None when it is not queued, or not the first of its conversation."""
    async with (
        (await postgres()).connection() as connection,
        connection.cursor(row_factory=class_row(ClaimedTurn)) as cursor,
    ):
        values = {"turn": turn_id, "owner": owner, "history": most_messages(), "step": step()}
        await cursor.execute(CLAIM, values)
        return await cursor.fetchone()
