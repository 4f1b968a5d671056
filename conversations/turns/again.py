"""Again: the visitor wants another answer to the newest question.

That is a new turn for the same message. The old answer is kept for the transcript and for labels, superseded: it is
neither shown nor given to the model.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.errors import Refused, bad_token, not_found, tokens_used, too_many_turns
from conversations.turns.queue import enqueue
from parley.pools import postgres
from parley.threads import in_database_thread
from people.audiences import built_in_tier
from people.sessions import Session
from routing.cached import judge_message

LOCK = """
    WITH contact AS (
        SELECT id FROM people_contact WHERE site_id = %(site)s AND key = %(key)s FOR NO KEY UPDATE
    )
    SELECT v.id FROM conversations_conversation v JOIN contact ON contact.id = v.contact_id
    WHERE v.id = %(conversation)s FOR NO KEY UPDATE OF v
"""
ASK = (Path(__file__).parent / "again.sql").read_text(encoding="utf-8")
KNOWN = """
    SELECT t.id AS turn, t.message_id AS message, NULL AS answer, false AS head, 'duplicate' AS verdict,
           (SELECT count(*) FROM conversations_turn o WHERE o.state = 'queued' AND o.id < t.id) AS place
    FROM conversations_turn t WHERE t.conversation_id = %s AND t.request_id = %s
"""
IN_THE_WAY = {
    "unknown": ("no_turn", "There is no such question in this conversation.", 404),
    "with_person": ("with_person", "A person answers in this conversation now. Write to them instead.", 409),
    "unfinished": ("unfinished", "This question is still being answered. Stop that first, or wait for it.", 409),
    "not_newest": ("not_newest", "Only the newest question can be asked again. Write this one once more.", 409),
}


@dataclass(frozen=True)
class Again:
    """A question that was asked again. `answer` is the message that it took away, if any; the rest as in Accepted."""

    conversation: UUID
    request: UUID
    replaces: int
    turn: int
    message: int
    answer: int | None
    place: int
    head: bool
    duplicate: bool

    def ack(self) -> dict[str, Any]:
        """The reply to the one who asked."""
        return {
            "type": "ack",
            "id": str(self.request),
            "message": self.message,
            "turn": self.turn,
            "place": self.place,
            "duplicate": self.duplicate,
        }


def again_event(turn: int, replaces: int, answer: int | None, message: int, place: int) -> Event:
    """What every client of the conversation sees; said once, however often it is tried."""
    fields = {"turn": turn, "replaces": replaces, "answer": answer, "message": message, "place": place}
    return Event("again", fields, once=f"t{turn}")


async def ask_again(session: Session, conversation: UUID, request: UUID, turn: int) -> Again:
    """A new turn in place of a finished one, once for each request and each turn.

    Raises Refused: not the contact's, not the newest, not finished, a person answers, or over the audience's limits.
    """
    values = {
        "site": session.site_id,
        "key": session.key,
        "version": session.version,
        "tier": built_in_tier(session.key),
        "conversation": conversation,
        "request": request,
        "turn": turn,
    }
    async with (
        (await postgres()).connection() as connection,
        connection.transaction(),
        connection.cursor(row_factory=namedtuple_row) as cursor,
    ):
        if (await connection.execute(LOCK, values)).rowcount != 1:
            raise not_found()
        row: Any = await (await cursor.execute(ASK, values)).fetchone()
    _refuse(row)
    return _again(conversation, request, turn, row)


async def known_again(conversation: UUID, request: UUID, turn: int) -> Again | None:
    """What this request made, if it was carried out before."""
    async with (
        (await postgres()).connection() as connection,
        connection.cursor(row_factory=namedtuple_row) as cursor,
    ):
        row: Any = await (await cursor.execute(KNOWN, [conversation, request])).fetchone()
    return _again(conversation, request, turn, row) if row else None


def _again(conversation: UUID, request: UUID, replaces: int, row: Any) -> Again:
    duplicate = row.verdict == "duplicate"
    return Again(conversation, request, replaces, row.turn, row.message, row.answer, row.place, row.head, duplicate)


def _refuse(row: Any) -> None:
    if row.verdict == "signed_out":
        raise bad_token()
    if row.verdict == "too_many_turns":
        raise too_many_turns()
    if row.verdict == "tokens_used":
        raise tokens_used(row.at)
    if found := IN_THE_WAY.get(row.verdict):
        code, message, status = found
        raise Refused(code, message, status=status)


async def after_again(again: Again) -> None:
    """What follows the commit: tell the clients, and put the turn in the queue."""
    if again.duplicate:
        return
    await announce(
        again.conversation, again_event(again.turn, again.replaces, again.answer, again.message, again.place)
    )
    if again.head:
        await enqueue(again.turn, 0)
    if again.answer is not None:  # if it was a cached one, it was not what was asked
        await in_database_thread(judge_message, again.answer, right=False, reason="asked again")
