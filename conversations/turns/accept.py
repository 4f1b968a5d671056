"""Accept: store a contact's message and its turn in one transaction, then acknowledge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.errors import ForeignKeyViolation

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.delivery.transcript import iso
from conversations.errors import bad_token, not_found
from conversations.models import Handler, Role
from conversations.turns.queue import enqueue
from parley.pools import postgres
from people.sessions import Session

CONTACT = """
    INSERT INTO people_contact (id, site_id, key, name, email) VALUES (%s, %s, %s, '', '')
    ON CONFLICT (site_id, key) DO UPDATE SET seen_at = now() RETURNING id, token_version
"""
CONVERSATION = """
    INSERT INTO conversations_conversation (id, site_id, contact_id, title) VALUES (%s, %s, %s, %s)
    ON CONFLICT (id) DO NOTHING
"""
LOCK = "SELECT contact_id, handler FROM conversations_conversation WHERE id = %s FOR UPDATE"
MESSAGE = """
    INSERT INTO conversations_message (conversation_id, role, text, client_id) VALUES (%s, %s, %s, %s)
    ON CONFLICT (conversation_id, client_id) DO NOTHING RETURNING id, created_at
"""
TURN = """
    INSERT INTO conversations_turn (conversation_id, message_id) VALUES (%s, %s)
    RETURNING id, NOT EXISTS (
        SELECT 1 FROM conversations_turn t WHERE t.conversation_id = %s AND t.state IN ('queued', 'running'))
"""
TOUCH = "UPDATE conversations_conversation SET last_message_at = now(), solved = NULL WHERE id = %s"
FIRST = """
    SELECT m.id, m.created_at, t.id FROM conversations_message m
    LEFT JOIN conversations_turn t ON t.message_id = m.id
    WHERE m.conversation_id = %s AND m.client_id = %s
"""
PLACE = "SELECT count(*) FROM conversations_turn WHERE state = 'queued' AND id < %s"


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
        "at": iso(at),
    }
    return Event("accepted", {"id": client, "turn": turn, "place": place, "message": shown}, once=f"m{message}")


async def accept_message(session: Session, conversation: UUID, client_id: UUID, text: str) -> Accepted:
    """Store the message, once; a repeated client id returns the first. Raises Refused for what is not the contact's."""
    async with (await postgres()).connection() as connection:
        try:
            async with connection.transaction():
                return await _accept(connection, session, conversation, client_id, text)
        except ForeignKeyViolation:
            raise bad_token() from None  # the session's site was deleted


async def _accept(
    connection: AsyncConnection[Any], session: Session, conversation: UUID, client_id: UUID, text: str
) -> Accepted:
    contact, version = await _one(connection, CONTACT, uuid4(), session.site_id, session.key)
    if version != session.version:
        raise bad_token()
    title = " ".join(text.split())[:100]
    await connection.execute(CONVERSATION, [conversation, session.site_id, contact, title])
    owner, handler = await _one(connection, LOCK, conversation)
    if owner != contact:
        raise not_found()
    stored = await _row(connection, MESSAGE, conversation, Role.CONTACT, text, client_id)
    if stored is None:
        message, at, turn = await _one(connection, FIRST, conversation, client_id)
        place = await _place(connection, turn)
        return Accepted(conversation, client_id, text, message, at, turn, place, duplicate=True)
    await connection.execute(TOUCH, [conversation])
    if handler == Handler.AGENT:
        return Accepted(conversation, client_id, text, stored[0], stored[1], None)
    turn, head = await _one(connection, TURN, conversation, stored[0], conversation)
    place = await _place(connection, turn)
    return Accepted(conversation, client_id, text, stored[0], stored[1], turn, place, head)


async def after_accept(accepted: Accepted) -> None:
    """What follows the commit: tell the clients, and put the turn in the queue. Nothing here can lose the message."""
    if accepted.duplicate:
        return
    await announce(accepted.conversation, accepted.event())
    if accepted.turn is not None and accepted.head:
        await enqueue(accepted.turn, 0)


async def _place(connection: AsyncConnection[Any], turn: int | None) -> int:
    return int((await _one(connection, PLACE, turn))[0]) if turn is not None else 0


async def _row(connection: AsyncConnection[Any], statement: str, *values: object) -> Any:
    return await (await connection.execute(statement, values)).fetchone()


async def _one(connection: AsyncConnection[Any], statement: str, *values: object) -> Any:
    row = await _row(connection, statement, *values)
    if row is None:
        raise LookupError("A row that this transaction has just written is gone")
    return row
