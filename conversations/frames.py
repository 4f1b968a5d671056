"""What clients send: one frame, checked and carried out, for every transport alike (docs/protocol.md)."""

import json
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from django.conf import settings

from conversations import care
from conversations.delivery.transcript import newest_messages
from conversations.errors import Refused
from conversations.fields import Frame, clean, done, reference, text_field, uuid_field, whole_field
from conversations.memory_frames import MEMORY_HANDLERS
from conversations.pace import count_action, count_message
from conversations.session import Visitor
from conversations.turns.accept import Accepted, accept_message, after_accept, first_accepted
from conversations.turns.again import Again, after_again, ask_again, known_again
from conversations.turns.remembering import helped
from conversations.turns.stop import stop
from parley.background import spawn
from parley.log_context import bound
from parley.pools import postgres
from parley.threads import in_database_thread

log = logging.getLogger(__name__)
MOST_BYTES = 128 * 1024
REPORT_CHARACTERS = 4000


def parse(data: str | bytes | None) -> Frame:
    """The frame in `data`. Raises Refused: as json_object does, or without a type."""
    frame = json_object(data)
    if not isinstance(frame.get("type"), str):
        raise Refused("bad_frame", 'A frame is a JSON object with a "type" that is a string.')
    return frame


def json_object(data: str | bytes | None) -> Frame:
    """The JSON object in `data`. Raises Refused: not text, too large, not JSON, nested too deeply, not an object."""
    if not isinstance(data, str):
        raise Refused("bad_frame", "Binary frames are not understood. Send JSON as text.")
    if len(data) > MOST_BYTES:
        raise Refused("too_large", f"A frame may have {MOST_BYTES} bytes at most.", status=413)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("bad_frame", "This is not JSON. Send one JSON object in each frame.") from None
    if not isinstance(found, dict):
        raise Refused("bad_frame", "Send one JSON object, in braces.")
    return found


async def carry_out(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    """Do what the frame asks; the reply frame. Raises Refused, OperationalError."""
    handler = HANDLERS.get(frame["type"])
    if handler is None:
        raise Refused(
            "unknown_type",
            f"Frames of type {frame['type'][:40]!r} are not known. Known: {', '.join(HANDLERS)}.",
        )
    if handler is not _message:  # accept finds out by itself
        await visitor.check_conversation(conversation)
    return await handler(visitor, conversation, frame)


async def _message(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    client_id, text = uuid_field(frame, "id"), text_field(frame, "text", settings.MESSAGE_MAX_CHARACTERS)
    accepted = await _accepted(visitor, conversation, client_id, text)
    visitor.owns(conversation, accepted.audience_id)
    with bound(turn=accepted.turn, conversation=str(conversation)):
        if accepted.turn and not accepted.duplicate:
            log.info("Turn %s was accepted", accepted.turn)
        spawn(after_accept(accepted))
    return accepted.ack()


async def _accepted(visitor: Visitor, conversation: UUID, client_id: UUID, text: str) -> Accepted:
    """What was stored is never refused, and counted once. Raises Refused."""
    try:
        counted = await count_message(visitor, client_id)
    except Refused:
        if first := await first_accepted(visitor.session, conversation, client_id, text):
            return first
        raise
    accepted = await accept_message(visitor.session, conversation, client_id, text)
    if accepted.duplicate:
        await counted.take_back()
    return accepted


async def _stop(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    turn = whole_field(frame, "turn")
    await count_action(visitor)
    await stop(conversation, turn)
    return done(frame)


async def _again(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    again = await _asked_again(visitor, conversation, uuid_field(frame, "id"), whole_field(frame, "turn"))
    with bound(turn=again.turn, conversation=str(conversation)):
        log.info("Turn %s was accepted, which asks again", again.turn)
        spawn(after_again(again))
    return again.ack()


async def _asked_again(visitor: Visitor, conversation: UUID, request: UUID, turn: int) -> Again:
    """What was carried out is never refused, and counted once, as a message is. Raises Refused."""
    try:
        counted = await count_message(visitor, request)
    except Refused:
        if first := await known_again(conversation, request, turn):
            return first
        raise
    again = await ask_again(visitor.session, conversation, request, turn)
    if again.duplicate:
        await counted.take_back()
    return again


async def _rate(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    value = frame.get("value")
    if type(value) is not int or not -1 <= value <= 1:
        raise Refused("bad_value", "A rating is 1, -1 or 0.")
    await count_action(visitor)
    message = whole_field(frame, "message")
    if await in_database_thread(care.rate, conversation, message, value):
        spawn(helped(message))
    return done(frame)


async def _report(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    client_id, text = uuid_field(frame, "id"), text_field(frame, "text", REPORT_CHARACTERS)
    message = whole_field(frame, "message") if frame.get("message") is not None else None
    await count_action(visitor)
    await in_database_thread(care.report, conversation, client_id, text, message)
    return done(frame)


async def _solved(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    if not isinstance(frame.get("value"), bool):
        raise Refused("bad_value", "`value` is true or false.")
    await count_action(visitor)
    await in_database_thread(care.mark_solved, conversation, frame["value"])
    return done(frame)


async def _escalate(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    reason = frame.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > 2000:
        raise Refused("bad_value", "`reason` is a text of at most 2,000 characters.")
    await count_action(visitor)
    await in_database_thread(care.open_for_contact, visitor.session, conversation, clean(reason))
    return done(frame)


async def _history(visitor: Visitor, conversation: UUID, frame: Frame) -> Frame:
    await count_action(visitor)
    async with (await postgres()).connection() as connection:
        messages, more = await newest_messages(connection, conversation, whole_field(frame, "before"))
    return {"type": "history", "ref": reference(frame), "messages": messages, "more": more}


async def _ping(_visitor: Visitor, _conversation: UUID, frame: Frame) -> Frame:
    return {"type": "pong", "ref": reference(frame)}


HANDLERS: dict[str, Callable[[Visitor, UUID, Frame], Awaitable[Frame]]] = {
    "message": _message,
    "stop": _stop,
    "again": _again,
    "rate": _rate,
    "report": _report,
    "solved": _solved,
    "escalate": _escalate,
    "history": _history,
    "ping": _ping,
    **MEMORY_HANDLERS,
}
