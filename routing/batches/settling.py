"""What became of sent items, written down. Functions for database threads, each one transaction.

Only an item that is still sent, in the batch or under the lease that the caller holds, is touched: what comes late or
twice changes nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from routing.batches.fates import MOST_FAILURES, NEXT_WAY, Failure, pause
from routing.batches.replies import BadReply, fitting
from routing.batches.vendors import Reply
from routing.batches.words import storable
from routing.models import BatchItem

SETTLE = (Path(__file__).parent / "settle.sql").read_text()
FIELDS = (
    "id", "state", "way", "batch_id", "failures", "error", "not_before", "finished_at", "text", "finish_reason",
    "input_tokens", "cached_input_tokens", "output_tokens", "cost", "deliver_at",
)  # fmt: skip
What = Reply | Failure


def settle(sent: "QuerySet[BatchItem]", whats: Mapping[int, What], share: Decimal | None) -> int:
    """Write down what became of items, by id; `share` of the normal price was asked (None: all of it).

    Returns how many were touched.
    """
    with transaction.atomic():
        chosen = sent.filter(pk__in=whats, state=BatchItem.State.SENT)
        locked = chosen.select_for_update(of=("self",)).select_related("model").defer("request").order_by("pk")
        items = list(locked)
        for item in items:
            apply(item, whats[item.pk], share)
        _write(items)
    return len(items)


def _write(items: list[BatchItem]) -> None:
    rows = [{name: getattr(item, name) for name in FIELDS} for item in items]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [json.dumps(rows, default=str)])


def apply(item: BatchItem, what: What, share: Decimal | None) -> None:
    """Change an item to what follows from this."""
    failure: Failure | None
    if isinstance(what, Reply):
        note_use(item, what, share)
        failure = _reply(item, what)
    else:
        failure = what
    if failure is not None:
        _fail(item, failure)


def note_use(item: BatchItem, reply: Reply, share: Decimal | None) -> None:
    """Every answer is paid for, whether it is of use or not."""
    usage = reply.usage
    if usage is None:
        return
    item.input_tokens, item.cached_input_tokens = usage.input_tokens, usage.cached_input_tokens
    item.output_tokens = usage.output_tokens
    counts = (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens, usage.cache_write_tokens)
    price = item.model.cost(*counts) if item.model else None
    if price is not None:
        item.cost += price if share is None else price * share


def _reply(item: BatchItem, reply: Reply) -> Failure | None:
    """Finish an item with its reply, or say why it is none."""
    text = storable(reply.text)
    try:
        if item.reply_schema is not None:
            text = fitting(text, item.reply_schema)
    except BadReply as error:
        return Failure(str(error), way=BatchItem.Way.ALONE)
    item.state, item.text, item.finish_reason, item.error = BatchItem.State.DONE, text, reply.reason.value, ""
    item.finished_at = item.deliver_at = timezone.now()
    return None


def _fail(item: BatchItem, failure: Failure) -> None:
    item.error, item.way = storable(failure.message)[:1000], failure.way or item.way
    item.failures += failure.counts
    now = timezone.now()
    if failure.final or item.failures >= MOST_FAILURES:
        item.state, item.finished_at, item.deliver_at = BatchItem.State.FAILED, now, now
    else:
        item.state, item.batch, item.not_before = (
            BatchItem.State.WAITING,
            None,
            now + pause(item.attempts, failure.wait),
        )


def release(items: "QuerySet[BatchItem]") -> int:
    """Let sent items wait again as if they had not been sent. Returns how many."""
    sent = items.filter(state=BatchItem.State.SENT)
    return sent.update(state=BatchItem.State.WAITING, batch=None, leased_until=None)


def put_back(items: "QuerySet[BatchItem]", seconds: float) -> int:
    """The same, not to be tried again for so long: nobody was asked."""
    later = timezone.now() + timedelta(seconds=seconds)
    return items.filter(state=BatchItem.State.SENT).update(
        state=BatchItem.State.WAITING, batch=None, leased_until=None, not_before=later, attempts=F("attempts") - 1
    )


def next_way(items: "QuerySet[BatchItem]", way: BatchItem.Way) -> int:
    """Waiting items that were to go this way go the next. Returns how many."""
    waiting = items.filter(state=BatchItem.State.WAITING, way=way)
    return waiting.update(way=NEXT_WAY[way])


def tidy(urgent_before: datetime) -> None:
    """Once in each pass: requests under way whose process is gone, items in a hurry, items without a model."""
    now = timezone.now()
    abandoned = BatchItem.objects.filter(state=BatchItem.State.SENT, batch=None)
    release(abandoned.filter(Q(leased_until=None) | Q(leased_until__lt=now)))
    next_way(BatchItem.objects.filter(wanted_by__lt=urgent_before), BatchItem.Way.BATCH)
    orphans = BatchItem.objects.filter(state=BatchItem.State.WAITING, model=None)
    orphans.update(
        state=BatchItem.State.FAILED, error="Its model was deleted.", finished_at=now, deliver_at=now, batch=None
    )
