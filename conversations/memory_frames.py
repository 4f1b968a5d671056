"""What a contact may do about what is remembered of it: see, correct, forget, switch off (docs/protocol.md)."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from conversations.delivery.transcript import iso
from conversations.errors import Refused
from conversations.fields import Frame, reference, text_field, whole_field
from conversations.pace import count_action
from conversations.session import Visitor
from memory.models.remembered import TEXT_LIMIT
from memory.remember import rights
from memory.remember.erasing import NotErasedEverywhere
from parley.threads import in_database_thread
from people.models import Contact
from people.sessions import Session

MOST_SHOWN = 200
Wish = Callable[[UUID], object]


async def _memories(visitor: Visitor, _conversation: UUID, frame: Frame) -> Frame:
    return await _carried_out(visitor, frame, None)


async def _correct(visitor: Visitor, _conversation: UUID, frame: Frame) -> Frame:
    number, text = whole_field(frame, "memory"), text_field(frame, "text", TEXT_LIMIT)
    return await _carried_out(visitor, frame, lambda contact: rights.correct(contact, number, text))


async def _forget(visitor: Visitor, _conversation: UUID, frame: Frame) -> Frame:
    number = whole_field(frame, "memory")
    return await _carried_out(visitor, frame, lambda contact: rights.forget(contact, number))


async def _forget_all(visitor: Visitor, _conversation: UUID, frame: Frame) -> Frame:
    return await _carried_out(visitor, frame, rights.forget_everything)


async def _switch(visitor: Visitor, _conversation: UUID, frame: Frame) -> Frame:
    value = frame.get("value")
    if not isinstance(value, bool):
        raise Refused("bad_value", "`value` is true or false.")
    return await _carried_out(visitor, frame, lambda contact: rights.switch(contact, on=value))


async def _carried_out(visitor: Visitor, frame: Frame, wish: Wish | None) -> Frame:
    """Do it, and reply with what is remembered now. Raises Refused."""
    await count_action(visitor)
    return {"type": "memories", "ref": reference(frame), **await in_database_thread(_now, visitor.session, wish)}


def _now(session: Session, wish: Wish | None) -> Frame:
    contact = _contact(session, make=wish is not None)
    if contact is None:
        return {"enabled": True, "memories": []}
    try:
        if wish:
            wish(contact)
    except rights.NotPossible as refused:
        raise Refused("not_possible", str(refused)) from None
    except NotErasedEverywhere:
        raise Refused(
            "not_everywhere", "Not all could be forgotten just now. Please try once more.", status=503
        ) from None
    found = rights.memories(contact, limit=MOST_SHOWN)
    return {
        "enabled": rights.remembers(contact),
        "memories": [{"id": one.pk, "kind": one.kind, "text": one.text, "at": iso(one.said_at)} for one in found],
    }


def _contact(session: Session, *, make: bool) -> UUID | None:
    """Somebody who has not written yet may want not to be remembered, too."""
    if make:
        row: Contact | None = Contact.objects.get_or_create(site_id=session.site_id, key=session.key)[0]
    else:
        row = Contact.objects.filter(site_id=session.site_id, key=session.key).first()
    return row.pk if row else None


MEMORY_HANDLERS: dict[str, Callable[[Visitor, UUID, Frame], Awaitable[Frame]]] = {
    "memories": _memories,
    "memory-correct": _correct,
    "memory-forget": _forget,
    "memory-forget-all": _forget_all,
    "memory-switch": _switch,
}
