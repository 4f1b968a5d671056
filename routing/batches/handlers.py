"""Who takes results, and their delivery: at least once each, by any process, with pauses after errors.

@on_result("memory.extraction")
async def take(result: BatchResult) -> None: ...
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from parley.threads import in_database_thread
from routing.batches.fates import pause
from routing.batches.together import together
from routing.batches.words import storable
from routing.batches.work import BatchResult, result_of
from routing.models import BatchItem

log = logging.getLogger(__name__)
Handler = Callable[[BatchResult], Awaitable[None]]
TOGETHER = 8  # few: turns want threads and connections too
HANDLER_SECONDS = 60.0
LEASE = timedelta(minutes=3)  # a result whose handler's process was lost is delivered again after so long
MOST_DELIVERIES = 8  # over about an hour and a half; then it is listed for the administrator
_handlers: dict[str, Handler] = {}


def on_result(purpose: str) -> Callable[[Handler], Handler]:
    """Register what takes the results of a purpose, failed ones included (`result.error`). Call it in `ready()`.

    It is called once for each item, or more often: when it raises, takes longer than a minute, or its process is lost
    before its success was noted. So let it do nothing when it knows `result.item_id`.
    """

    def register(handler: Handler) -> Handler:
        known = _handlers.setdefault(purpose, handler)
        if known is not handler:
            raise ValueError(f"{purpose}: its results are taken by {known.__qualname__} already")
        return handler

    return register


async def deliver() -> None:
    """Hand out every result that is due."""
    while items := await in_database_thread(_claim):
        await together(map(_deliver, items))


def _claim() -> list[BatchItem]:
    now = timezone.now()
    with transaction.atomic():
        due = BatchItem.objects.filter(deliver_at__lte=now).select_for_update(skip_locked=True)
        items = list(due.defer("request").order_by("deliver_at")[:TOGETHER])
        rows = BatchItem.objects.filter(pk__in=[item.pk for item in items])
        rows.update(deliver_at=now + LEASE, deliveries=F("deliveries") + 1)
    for item in items:
        item.deliver_at, item.deliveries = now + LEASE, item.deliveries + 1
    return items


async def _deliver(item: BatchItem) -> None:
    try:
        handler = _handlers.get(item.purpose)
        if handler is None:
            raise LookupError(f"nothing takes results of {item.purpose!r}")  # noqa: TRY301 - noted like its own errors
        async with asyncio.timeout(HANDLER_SECONDS):
            await handler(result_of(item))
    except Exception as error:
        log.warning("The result of item %s (%s) was not taken", item.pk, item.purpose, exc_info=True)
        await in_database_thread(_not_taken, item, f"{type(error).__name__}: {error}")
    else:
        await in_database_thread(_taken, item)


def _mine(item: BatchItem) -> "dict[str, object]":
    """What tells that nobody else delivers it by now."""
    return {"pk": item.pk, "deliver_at": item.deliver_at, "deliveries": item.deliveries}


def _taken(item: BatchItem) -> None:
    """What was asked and said is not needed any more, and may be a person's words. A failed one may be asked again."""
    done = item.state == BatchItem.State.DONE
    emptied = {"request": {}, "text": ""} if done else {}
    noted = {"deliver_at": None, "delivered_at": timezone.now(), "delivery_error": ""}
    BatchItem.objects.filter(**_mine(item)).update(**noted, **emptied)


def _not_taken(item: BatchItem, said: str) -> None:
    later: datetime | None = timezone.now() + pause(item.deliveries)
    if item.deliveries >= MOST_DELIVERIES:
        later = None
    BatchItem.objects.filter(**_mine(item)).update(deliver_at=later, delivery_error=storable(said)[:1000])
