"""One pass over all of it: what the workers' leader does every few seconds."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from parley.pools import postgres
from parley.threads import in_database_thread
from routing.batches import settling
from routing.batches.asking import ask_due
from routing.batches.handlers import deliver
from routing.batches.polling import poll_due
from routing.batches.sending import send_due
from routing.models import Batch, BatchItem

log = logging.getLogger(__name__)
PATIENT = timedelta(hours=1)  # items that are wanted sooner do not go in a batch
KEPT = timedelta(days=30)
FORGET_SECONDS = 3600.0
ANYTHING_DUE = """
SELECT EXISTS (SELECT FROM routing_batchitem WHERE state = 'waiting' AND not_before <= now())
    OR EXISTS (SELECT FROM routing_batchitem WHERE deliver_at <= now())
    OR EXISTS (SELECT FROM routing_batch WHERE state IN ('sending', 'sent') AND poll_at <= now())
    OR EXISTS (SELECT FROM routing_batchitem
               WHERE state = 'sent' AND batch_id IS NULL AND (leased_until IS NULL OR leased_until < now()))
"""
_forgot_at = float("-inf")


async def run_batches() -> None:
    """Send what is due, look after what was sent, deliver what came back. One statement when there is nothing to do.

    Any number of processes may do it at once, and any of them may be killed or cancelled at any moment. A pass lasts as
    long as the requests in it, up to minutes: give it a task of its own. Raises nothing but CancelledError and what
    Postgres raises when it is away.
    """
    await _forget_old()
    if not await _anything_due():
        return
    await in_database_thread(settling.tidy, timezone.now() + PATIENT)
    for step in (poll_due, deliver, send_due, ask_due, deliver):
        await _guarded(step)


async def _anything_due() -> bool:
    async with (await postgres()).connection() as connection:
        row = await (await connection.execute(ANYTHING_DUE)).fetchone()
    return bool(row and row[0])


async def _guarded(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except Exception:
        log.exception("A step of the background work failed: %s", step.__name__)


async def _forget_old() -> None:
    """Once an hour and process."""
    global _forgot_at  # noqa: PLW0603 - one for each process
    now = time.monotonic()
    if now - _forgot_at >= FORGET_SECONDS:
        _forgot_at = now
        await in_database_thread(forget, timezone.now() - KEPT)


def forget(before: datetime) -> None:
    """Delete items that ended before then and are not to be delivered any more, and batches without items."""
    BatchItem.objects.filter(finished_at__lt=before, deliver_at=None).delete()
    Batch.objects.filter(~Q(state__in=Batch.OPEN), ended_at__lt=before, items=None).delete()
