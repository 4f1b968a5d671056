"""A conversation as staff read it: all that happened, in order, in a handful of queries at any length."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import Count, Prefetch, Sum
from django.utils.safestring import SafeString, mark_safe

from conversations.admin.facts import Reference, TurnFacts, facts, references
from conversations.admin.looks import person
from conversations.models import Conversation, ConversationSummary, Escalation, Message, ProblemReport, Role, Turn
from parley.markdown import render

PAGE = 200
"""Messages on one page; older ones are a click away."""

_UNANSWERED = Turn.objects.filter(answer=None).select_related("replaced_by").order_by("id")
_VERSION = """
SELECT md5(concat_ws('|', c.handler, c.solved, c.title, c.last_message_at,
  (SELECT concat(count(*), '-', max(id)) FROM conversations_message WHERE conversation_id = c.id),
  (SELECT string_agg(concat(id, state, attempt, first_token_at, error), ',' ORDER BY id)
     FROM conversations_turn WHERE conversation_id = c.id),
  (SELECT string_agg(concat(r.message_id, ':', r.value), ',' ORDER BY r.message_id)
     FROM conversations_rating r JOIN conversations_message m ON m.id = r.message_id
     WHERE m.conversation_id = c.id),
  (SELECT concat(count(*), '-', count(handled_at))
     FROM conversations_problemreport WHERE conversation_id = c.id),
  (SELECT string_agg(concat(id, agent_id, answered_at, closed_at), ',' ORDER BY id)
     FROM conversations_escalation WHERE conversation_id = c.id),
  (SELECT through_message FROM conversations_conversationsummary WHERE conversation_id = c.id),
  (SELECT count(forgotten_at) FROM conversations_message WHERE conversation_id = c.id)))
FROM conversations_conversation c WHERE c.id = %s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the transcript: a message, a note of a hand-over, a summary, or a report that names no message."""

    at: datetime
    kind: str  # "message", "note", "summary" or "report"
    text: str = ""
    message: Message | None = None
    html: SafeString | str = ""
    author: str = ""
    sources: list[Reference] = field(default_factory=list)
    turn: TurnFacts | None = None
    before: list[TurnFacts] = field(default_factory=list)  # turns without an answer that were asked again
    reports: list[ProblemReport] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Transcript:
    """`entries` in order; `before` is the id to ask older messages with, None when there are none."""

    conversation: Conversation
    entries: list[Entry]
    before: int | None
    escalation: Escalation | None
    totals: dict[str, object]

    def answered_by(self, user: AbstractBaseUser) -> bool:
        """Whether the open escalation is this person's."""
        return self.escalation is not None and self.escalation.agent_id == user.pk


def version(conversation_id: UUID) -> str:
    """Changes whenever the transcript would look different; empty without such a conversation. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, [conversation_id])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def transcript(conversation: Conversation, *, before: int | None = None) -> Transcript:
    """The newest PAGE messages (older than the message `before`, when given) and all that belongs to them."""
    messages = _messages(conversation, before)
    more, shown = len(messages) > PAGE, messages[:PAGE][::-1]
    escalations = list(conversation.escalations.select_related("agent"))
    start = shown[0].created_at if more and shown else None
    end = shown[-1].created_at if before and shown else None
    notes = [each for each in [*_handovers(escalations), *_reports(conversation)] if _within(each.at, start, end)]
    return Transcript(
        conversation,
        sorted([*map(_spoken, shown), *notes, *_summary(conversation, shown)], key=lambda entry: entry.at),
        shown[0].pk if more else None,
        next((each for each in escalations if each.closed_at is None), None),
        _totals(conversation),
    )


def _messages(conversation: Conversation, before: int | None) -> list[Message]:
    found = conversation.messages.select_related("author", "rating", "turn")
    found = found.prefetch_related(
        Prefetch("reports", ProblemReport.objects.order_by("id")), Prefetch("asked_by", _UNANSWERED)
    )
    return list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: PAGE + 1])


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or at >= start) and (end is None or at <= end)


def _spoken(message: Message) -> Entry:
    by_contact = message.role == Role.CONTACT
    html: SafeString | str = message.text if by_contact else mark_safe(render(message.text))  # noqa: S308
    author = person(message.author)
    before, turn = _turns_of(message)
    return Entry(
        message.created_at,
        "message",
        message=message,
        html=html,
        author=author,
        sources=references(message.sources),
        turn=facts(turn) if turn else None,
        before=[facts(each) for each in before],
        reports=list(message.reports.all()),
    )


def _summary(conversation: Conversation, shown: list[Message]) -> list[Entry]:
    """What models are sent in place of the messages above it, after the last of these, if that is on the page."""
    found = ConversationSummary.objects.filter(pk=conversation.pk).first()
    last = next((each for each in shown if found and each.pk == found.through_message), None)
    if found is None or last is None:
        return []
    author = f"{found.model_name}, {found.at:%Y-%m-%d %H:%M} UTC"
    return [Entry(last.created_at, "summary", text=found.text, author=author)]


def _turns_of(message: Message) -> tuple[list[Turn], Turn | None]:
    """An answer's turn; for a question those without an answer: the ones that were asked again, and the last."""
    if message.role == Role.BOT:
        return [], message.turn
    asked: list[Turn] = list(message.asked_by.all())
    replaced = [turn for turn in asked if hasattr(turn, "replaced_by")]  # both are fetched with the messages
    return replaced, next((turn for turn in asked if turn not in replaced), None)


def _handovers(escalations: list[Escalation]) -> list[Entry]:
    entries = []
    for each in escalations:
        entries.append(
            Entry(
                each.created_at,
                "note",
                text="Passed to a person" + (f": {each.reason}" if each.reason else ""),
            )
        )
        if each.closed_at:
            entries.append(Entry(each.closed_at, "note", text="Handed back to the bot"))
    return entries


def _reports(conversation: Conversation) -> list[Entry]:
    found = conversation.reports.filter(message=None)
    return [Entry(each.created_at, "report", text=each.text, reports=[each]) for each in found]


def _totals(conversation: Conversation) -> dict[str, object]:
    turns = conversation.turns.aggregate(cost=Sum("cost"), spent_in=Sum("input_tokens"), spent_out=Sum("output_tokens"))
    return {**turns, "messages": conversation.messages.aggregate(n=Count("pk"))["n"]}
