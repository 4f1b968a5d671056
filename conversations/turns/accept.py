"""Accept: store a contact's message and its turn in one transaction, then acknowledge."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import namedtuple_row

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.delivery.transcript import iso
from conversations.errors import Refused, bad_token, not_found, tokens_used, too_many_turns
from conversations.models import Role
from conversations.turns.queue import enqueue
from observability.logs import Kind, record
from observability.statistics import add
from parley.pools import postgres
from people.audiences import built_in_tier
from people.sessions import Session

# Locks contact and conversation, in this order, and makes those that do not exist. A row that conflicts is locked even
# though `WHERE false` leaves it as it is (PostgreSQL's INSERT, ON CONFLICT).
LOCK = """
    WITH contact AS (
        INSERT INTO people_contact (id, site_id, key, name, email) VALUES (%(contact)s, %(site)s, %(key)s, '', '')
        ON CONFLICT (site_id, key) DO UPDATE SET seen_at = now() RETURNING id
    )
    INSERT INTO conversations_conversation AS v (id, site_id, contact_id, title)
    SELECT %(conversation)s, %(site)s, contact.id, %(title)s FROM contact
    ON CONFLICT (id) DO UPDATE SET title = v.title WHERE false
"""
STORE = (Path(__file__).parent / "accept.sql").read_text(encoding="utf-8")


FIRST = """
    WITH first AS (
        SELECT c.audience_id, m.id AS message, m.created_at AS at,
               (SELECT max(t.id) FROM conversations_turn t WHERE t.message_id = m.id) AS turn
        FROM people_contact c
        JOIN conversations_conversation v ON v.contact_id = c.id
        JOIN conversations_message m ON m.conversation_id = v.id
        WHERE c.site_id = %s AND c.key = %s AND c.token_version = %s AND v.id = %s AND m.client_id = %s
    )
    SELECT first.*, 'duplicate' AS verdict, false AS head,
           (SELECT count(*) FROM conversations_turn t WHERE t.state = 'queued' AND t.id < first.turn) AS place
    FROM first
"""


class Verdict(StrEnum):
    """What accept.sql says of a message."""

    ASKED = "asked"
    FOR_AGENT = "for_agent"
    DUPLICATE = "duplicate"
    SIGNED_OUT = "signed_out"
    FOREIGN = "foreign"
    TOO_MANY_TURNS = "too_many_turns"
    TOKENS_USED = "tokens_used"


@dataclass(frozen=True)
class Accepted:
    """A stored message. `turn` is None when a person answers; `place` counts the turns before it in line.

    `head` is whether the turn may start now: no earlier one of its conversation is unfinished.
    """

    conversation: UUID
    client_id: UUID
    text: str
    message: int
    at: datetime
    turn: int | None
    place: int = 0
    head: bool = False
    duplicate: bool = False
    audience_id: int | None = None  # the tier that the contact was given

    def ack(self) -> dict[str, Any]:
        """The reply to the sender."""
        return {
            "type": "ack",
            "id": str(self.client_id),
            "message": self.message,
            "turn": self.turn,
            "place": self.place,
            "duplicate": self.duplicate,
        }

    def event(self) -> Event:
        """What every client of the conversation sees."""
        return accepted_event(self.message, self.client_id, self.text, self.at, self.turn, self.place)


def accepted_event(
    message: int, client_id: UUID | None, text: str, at: datetime, turn: int | None, place: int
) -> Event:
    """The `accepted` event of a contact's message; said once, however often it is tried."""
    client = str(client_id) if client_id else None
    shown: dict[str, Any] = {
        "id": message,
        "client_id": client,
        "role": Role.CONTACT,
        "text": text,
        "html": None,
        "author": None,
        "sources": [],
        "rating": None,
        "turn": None,
        "stopped": False,
        "at": iso(at),
    }
    return Event("accepted", {"id": client, "turn": turn, "place": place, "message": shown}, once=f"m{message}")


async def accept_message(session: Session, conversation: UUID, client_id: UUID, text: str) -> Accepted:
    """Store the message, once; a repeated client id returns the first, whatever the limits.

    Raises Refused: not the contact's, or more than its audience tier allows.
    """
    values = {
        "contact": uuid4(),
        "site": session.site_id,
        "key": session.key,
        "version": session.version,
        "tier": built_in_tier(session.key),
        "conversation": conversation,
        "client_id": client_id,
        "title": " ".join(text.split())[:100],
        "text": text,
    }
    try:
        row, new = await _store(values)
    except ForeignKeyViolation:
        raise bad_token() from None  # the session's site was deleted
    accepted = _accepted(conversation, client_id, text, row)
    if not accepted.duplicate:
        add("messages", site=session.site_id)
        if new:
            add("conversations", label="started", site=session.site_id)
        record(conversation, Kind.ACCEPTED, {"text": text}, turn=accepted.turn, site=session.site_id)
    return accepted


async def first_accepted(session: Session, conversation: UUID, client_id: UUID, text: str) -> Accepted | None:
    """The contact's message with this client id, if it was stored before."""
    values = [session.site_id, session.key, session.version, conversation, client_id]
    async with (await postgres()).connection() as connection, connection.cursor(row_factory=namedtuple_row) as cursor:
        row = await (await cursor.execute(FIRST, values)).fetchone()
    return _accepted(conversation, client_id, text, row) if row else None


def _accepted(conversation: UUID, client_id: UUID, text: str, row: Any) -> Accepted:
    duplicate = row.verdict == Verdict.DUPLICATE
    return Accepted(
        conversation, client_id, text, row.message, row.at, row.turn, row.place, row.head, duplicate, row.audience_id
    )


async def _store(values: dict[str, object]) -> tuple[Any, bool]:
    """The row of accept.sql, and whether the conversation is new. Raises Refused for what is in the way."""
    async with (
        (await postgres()).connection() as connection,
        connection.transaction(),
        connection.cursor(row_factory=namedtuple_row) as cursor,
    ):
        locked = await connection.execute(LOCK, values)
        await cursor.execute(STORE, values)
        row: Any = await cursor.fetchone()
        if refusal := _refusal(Verdict(row.verdict), row.at):
            raise refusal  # and the transaction leaves nothing behind
    return row, locked.rowcount == 1


def _refusal(verdict: Verdict, now: datetime) -> Refused | None:
    match verdict:
        case Verdict.SIGNED_OUT:
            return bad_token()
        case Verdict.FOREIGN:
            return not_found()
        case Verdict.TOO_MANY_TURNS:
            return too_many_turns()
        case Verdict.TOKENS_USED:
            return tokens_used(now)
    return None


async def after_accept(accepted: Accepted) -> None:
    """What follows the commit: tell the clients, and put the turn in the queue. Nothing here can lose the message."""
    if accepted.duplicate:
        return
    await announce(accepted.conversation, accepted.event())
    if accepted.turn is not None and accepted.head:
        await enqueue(accepted.turn, 0)
