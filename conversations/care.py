"""Beside the questions: ratings, reports, "solved", and the hand-over to a person and back.

Everything here is synchronous ORM code for the admin and, in a database thread, for the API. Each function
commits, then tells the clients.
"""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from conversations.delivery.announce import announce_now
from conversations.delivery.eventlog import Event
from conversations.delivery.transcript import message_object
from conversations.errors import Refused, not_found
from conversations.models import Conversation, Escalation, Handler, Message, ProblemReport, Rating, Role
from observability.logs import Kind, Reason, record, troubled
from observability.statistics import add
from people.models import Contact
from people.sessions import Session
from routing.cached import judge_message, withdraw_verdict


def rate(conversation_id: UUID, message_id: int, value: int) -> bool:
    """Thumb up (1), down (-1) or taken back (0) for an answer. Whether it is newly called good. Raises Refused."""
    answers = Message.objects.filter(pk=message_id, conversation_id=conversation_id).exclude(role=Role.CONTACT)
    message = answers.select_related("conversation").first()
    if message is None:
        raise Refused("no_message", "There is no such answer in this conversation.", status=404)
    good_before = Rating.objects.filter(message=message, value=Rating.Value.UP).exists()
    if value:
        data, trouble = {"value": value, "message": message_id}, None if value > 0 else Reason.THUMBS_DOWN
        _noted(conversation_id, Kind.RATING, data, trouble)
        add("ratings", label="up" if value > 0 else "down", site=message.conversation.site_id)
        Rating.objects.update_or_create(message=message, defaults={"value": value})
        judge_message(message_id, right=value > 0)
    else:
        Rating.objects.filter(message=message).delete()
        withdraw_verdict(message_id)
    _tell(conversation_id, Event("rated", {"message": message_id, "value": value}))
    return value > 0 and not good_before


def report(conversation_id: UUID, client_id: UUID, text: str, message_id: int | None) -> None:
    """Keep a problem in the contact's words, once for each client id. Raises Refused."""
    message = Message.objects.filter(pk=message_id, conversation_id=conversation_id).first() if message_id else None
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found()
    _, new = ProblemReport.objects.get_or_create(
        conversation_id=conversation_id, client_id=client_id, defaults={"text": text, "message": message}
    )
    if new:
        _noted(conversation_id, Kind.REPORT, {"text": text, "message": message_id}, Reason.REPORT)
        add("reports", site=conversation.site_id)


def mark_solved(conversation_id: UUID, value: bool) -> None:
    """What the contact says: solved, or not. Raises Refused."""
    if not Conversation.objects.filter(pk=conversation_id).update(solved=value):
        raise not_found()
    _tell(conversation_id, Event("solved", {"value": value}))


def open_escalation(conversation_id: UUID, reason: str) -> Escalation:
    """Hand the conversation to a person; the open escalation when there is one already. Raises Refused."""
    try:
        with transaction.atomic():
            if not Conversation.objects.filter(pk=conversation_id).update(handler=Handler.AGENT):
                raise not_found()
            escalation = Escalation.objects.create(conversation_id=conversation_id, reason=reason[:2000])
    except IntegrityError:
        return Escalation.objects.get(conversation_id=conversation_id, closed_at=None)
    _tell(conversation_id, Event("handoff", {}))
    _noted(conversation_id, Kind.ESCALATION, {"reason": reason}, Reason.ESCALATION)
    add("escalations", site=escalation.conversation.site_id)
    return escalation


def take_escalation(escalation_id: int, user_id: int) -> bool:
    """Make the agent responsible; False when somebody else is, or it is closed."""
    return Escalation.objects.filter(pk=escalation_id, agent=None, closed_at=None).update(agent_id=user_id) == 1


def close_escalation(escalation_id: int, user_id: int) -> bool:
    """Give the conversation back to the bot; False when that was done already."""
    with transaction.atomic():
        open_ones = Escalation.objects.select_for_update().filter(pk=escalation_id, closed_at=None)
        escalation = open_ones.first()
        if escalation is None:
            return False
        escalation.agent_id = escalation.agent_id or user_id
        escalation.closed_at = Now()
        escalation.save(update_fields=["agent", "closed_at"])
        Conversation.objects.filter(pk=escalation.conversation_id).update(handler=Handler.BOT)
    _tell(escalation.conversation_id, Event("handback", {}))
    return True


def reply_as_agent(conversation_id: UUID, user_id: int, text: str, client_id: UUID | None = None) -> Message:
    """Say something as a person, taking the conversation over from the bot when need be. Raises Refused.

    The same `client_id` again returns the first message: a reply whose response was lost may be sent again.
    """
    text = text.strip()
    if not text:
        raise Refused("empty", "Write something first.")
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        raise Refused("too_long", f"At most {settings.MESSAGE_MAX_CHARACTERS} characters; yours has {len(text)}.")
    escalation = open_escalation(conversation_id, "Taken over by an agent")
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation_id).update(last_message_at=Now())
        message, new = Message.objects.get_or_create(
            conversation_id=conversation_id,
            client_id=client_id or uuid4(),
            defaults={"role": Role.AGENT, "text": text, "author_id": user_id},
        )
        message.refresh_from_db()
        Escalation.objects.filter(pk=escalation.pk, agent=None).update(agent_id=user_id)
        Escalation.objects.filter(pk=escalation.pk, answered_at=None).update(answered_at=Now())
    if new:
        _tell(conversation_id, Event("message", {"message": message_object(_row(message))}, once=f"m{message.pk}"))
    return message


def _row(message: Message) -> dict[str, Any]:
    author = message.author
    return {
        "id": message.pk,
        "role": message.role,
        "text": message.text,
        "sources": message.sources,
        "created_at": message.created_at,
        "author": (author.first_name or author.get_username()) if author else None,
    }


def _noted(conversation_id: UUID, kind: Kind, data: dict[str, Any], trouble: Reason | None = None) -> None:
    """For the conversation's log; with trouble it is kept."""
    record(conversation_id, kind, data)
    if trouble:
        troubled(conversation_id, trouble)


def _tell(conversation_id: UUID, event: Event) -> None:
    transaction.on_commit(lambda: announce_now(conversation_id, event))


def open_for_contact(session: Session, conversation_id: UUID, reason: str) -> Escalation:
    """The contact asks for a person, perhaps before saying anything. Raises Refused."""
    contact, _ = Contact.objects.get_or_create(site_id=session.site_id, key=session.key)
    conversation, _ = Conversation.objects.get_or_create(
        pk=conversation_id,
        defaults={"site_id": session.site_id, "contact": contact, "title": "Asked for a person"},
    )
    if conversation.contact_id != contact.pk:
        raise not_found()
    return open_escalation(conversation_id, reason)
