"""Writing summaries: asked for after answers, in work that nobody waits for, and never in their way.

A request is about one conversation: its summary so far and the messages that follow. What waits of the same contact
may go as one (routing.batches); other contacts' words never stand beside them, because they could steer the reply.
Reading the messages and keeping the request are one transaction under the conversation's lock, as forgetting is.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from conversations.models import Conversation, ConversationSummary, Message, Role
from conversations.remembering import cheapest
from conversations.summaries import asking, extent
from parley.threads import in_database_thread
from routing.batches import BatchResult, BatchWork, enqueue
from routing.models import BatchItem
from routing.ready import RoutedModel, ready

log = logging.getLogger(__name__)
PURPOSE = "conversations.summary"
WITHIN = 300.0  # seconds: the conversation goes on meanwhile, and is sent word for word for as long
PAUSE = timedelta(minutes=30)  # after a request that was not answered
UNANSWERED = (BatchItem.State.WAITING, BatchItem.State.SENT, BatchItem.State.FAILED)


async def extend(conversation: UUID) -> bool:
    """Ask for the next summary, if enough was said since the last one and none is asked for. Never raises for a
    database that is away. Returns whether something was asked.
    """
    try:
        found = await ready()
        site = await in_database_thread(_site, conversation)
        model = cheapest(found.models, found.chosen(site)) if site else None
        return model is not None and await in_database_thread(_ask, conversation, model)
    except (OperationalError, PoolTimeout) as error:
        log.warning("No summary of %s is asked for (%s)", conversation, type(error).__name__)
        return False


async def take(result: BatchResult) -> None:
    """Keep a reply, and ask for the next part where there is more to catch up with. A failed one is left: the older
    messages are then missing from prompts beyond the most that are sent.
    """
    if not result.error and await in_database_thread(_keep, result):
        await extend(read_key(result.key)[0])


def key_of(conversation: UUID, base: int, through: int) -> str:
    """Which messages a request is about: those after `base`, which the summary before covers, up to `through`."""
    return f"{conversation}:{base}-{through}"


def read_key(key: str) -> tuple[UUID, int, int]:
    """The reverse. Raises ValueError."""
    conversation, _, numbers = key.partition(":")
    base, _, through = numbers.partition("-")
    return UUID(conversation), int(base), int(through)


def locked(conversation: UUID) -> Conversation | None:
    """The conversation's row, until the transaction ends; None when it is gone."""
    return Conversation.objects.select_for_update(no_key=True).filter(pk=conversation).first()


def _site(conversation: UUID) -> int | None:
    return Conversation.objects.filter(pk=conversation).values_list("site_id", flat=True).first()


def _ask(conversation: UUID, model: RoutedModel) -> bool:
    with transaction.atomic():
        row = locked(conversation)
        if row is None or _asked_already(conversation):
            return False
        before = ConversationSummary.objects.filter(pk=conversation).first()
        base = before.through_message if before else 0
        messages = _after(conversation, base)
        many = extent.covered([message.text for message in messages])
        said = [(message.role, message.text) for message in messages]
        if not many or not extent.due(len(messages), said):
            return False
        work = BatchWork(
            PURPOSE,
            key_of(conversation, base, messages[many - 1].pk),
            asking.request(model, before.text if before else "", said[:many]),
            model.id,
            WITHIN,
            asking.REPLY,
            str(row.contact_id),
        )
        return bool(enqueue([work]))


def _asked_already(conversation: UUID) -> bool:
    """Whether a request is under way, or one failed; either of the last half hour."""
    recent = BatchItem.objects.filter(state__in=UNANSWERED, created_at__gt=timezone.now() - PAUSE)
    return recent.filter(purpose=PURPOSE, key__startswith=f"{conversation}:").exists()


def _after(conversation: UUID, base: int) -> list[Message]:
    """What may go into the summary: messages before the newest question, whose answer may still be asked for again."""
    said = Message.objects.filter(conversation_id=conversation)
    newest = said.filter(role=Role.CONTACT).aggregate(newest=Max("pk"))["newest"] or 0
    rows = said.filter(pk__gt=base, pk__lt=newest, superseded_at=None, forgotten_at=None).order_by("pk")
    return list(rows.only("role", "text")[: extent.MOST_AT_ONCE + extent.most_messages()])


def _keep(result: BatchResult) -> bool:
    """Store it unless it was withdrawn, what it extends was dropped, or the stored one covers as much."""
    conversation, base, through = read_key(result.key)
    with transaction.atomic():
        there = locked(conversation)
        item = BatchItem.objects.filter(pk=result.item_id).select_related("model").first()
        if there is None or item is None:
            return False
        stored = ConversationSummary.objects.filter(pk=conversation).values_list("through_message", flat=True).first()
        if base > (stored or 0) or through <= (stored or 0):
            return False
        values = {
            "through_message": through,
            "text": asking.bounded(result.data["summary"]),
            "model_name": item.model.name if item.model else "",
            "at": timezone.now(),
        }
        ConversationSummary.objects.update_or_create(pk=conversation, defaults=values)
    return True
