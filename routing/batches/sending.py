"""The submitter: waiting items of one model become a batch at its vendor.

The batch's row and the items in it are committed before the vendor is asked, and the vendor's id after it. Whatever
happens between them, the row says that there may be a batch, and `polling` looks for it.
"""

import logging
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone

from parley.threads import in_database_thread
from routing.batches import settling
from routing.batches.fates import Failure, of_error
from routing.batches.vendors import Line, NoBatches, Unsure, api_for
from routing.batches.work import request_of
from routing.models import Batch, BatchItem, Model
from routing.providers import ProviderConfig, ProviderError

log = logging.getLogger(__name__)
MOST_ITEMS, MOST_BYTES = 5_000, 16 * 2**20  # of one batch: far below the vendors', as all of it is in memory once
LEASE = timedelta(minutes=10)  # longer than sending may take
HALF_A_DAY = timedelta(hours=12)
SOON = timedelta(seconds=10)
WITHOUT_SECONDS = 3600.0  # until a server that had no batches is asked again
_without: dict[tuple[int, str | None], float] = {}


@dataclass(frozen=True)
class Parcel:
    """A batch that is ours to send."""

    batch_id: int
    token: str
    lease: str
    provider_id: int
    config: ProviderConfig
    lines: list[Line]


async def send_due() -> None:
    """Send all that waits for each model for which enough has gathered, or waited long enough."""
    for model_id in await in_database_thread(due_models):
        while (parcel := await in_database_thread(claim, model_id)) is not None:
            await _send(parcel)


def due_models() -> list[int]:
    """Models with a batch's worth of work, by the settings of their providers."""
    gathering = F("model__provider__batch_seconds") * Value(timedelta(seconds=1))
    patience = ExpressionWrapper(gathering, output_field=DurationField())
    groups = _waiting().filter(model__enabled=True, model__provider__enabled=True).values("model_id")
    counted = groups.annotate(
        count=Count("pk"),
        oldest=Min("created_at"),
        enough=F("model__provider__batch_items"),
        latest=Now() - patience,
    )
    due = counted.filter(Q(count__gte=F("enough")) | Q(oldest__lte=F("latest")))
    return list(due.order_by("oldest").values_list("model_id", flat=True))


def _waiting() -> "QuerySet[BatchItem]":
    return BatchItem.objects.filter(
        state=BatchItem.State.WAITING, way=BatchItem.Way.BATCH, not_before__lte=Now()
    ).order_by()


def claim(model_id: int) -> Parcel | None:
    """Put waiting items of a model into a new batch, leased to us. None when there is nothing, or no way."""
    model = Model.objects.select_related("provider").filter(pk=model_id).first()
    if model is None or not model.provider.ready:
        return None
    config = model.provider.config()
    if _has_none(model.provider_id, config):
        settling.next_way(BatchItem.objects.filter(model=model), BatchItem.Way.BATCH)
        return None
    limits = api_for(config).limits
    with transaction.atomic():
        rows = _alike(_waiting().filter(model=model)).select_for_update(skip_locked=True).order_by("pk")
        chosen = _fitting(rows.values_list("pk", "size")[: min(limits.requests, MOST_ITEMS)])
        return _parcel(model, config, chosen) if chosen else None


def _alike(waiting: "QuerySet[BatchItem]") -> "QuerySet[BatchItem]":
    """Those that are wanted about as soon as the oldest: a batch is cancelled when the first of its items is wanted."""
    boundary = timezone.now() + HALF_A_DAY
    oldest = waiting.order_by("pk").values_list("wanted_by", flat=True).first()
    soon = oldest is not None and oldest < boundary
    return waiting.filter(wanted_by__lt=boundary) if soon else waiting.filter(wanted_by__gte=boundary)


def _fitting(rows: "QuerySet[BatchItem, tuple[int, int]]") -> list[int]:
    """The first of them, as many as fit into one batch. (One alone always does: see work.MOST_BYTES.)"""
    chosen: list[int] = []
    total = 0
    for pk, size in rows:
        total += size
        if chosen and total > MOST_BYTES:
            break
        chosen.append(pk)
    return chosen


def _parcel(model: Model, config: ProviderConfig, chosen: list[int]) -> Parcel:
    items = BatchItem.objects.filter(pk__in=chosen).order_by("pk")
    now, token, lease = timezone.now(), secrets.token_hex(16), secrets.token_hex(16)
    wanted_by = items.aggregate(first=Min("wanted_by"))["first"]
    batch = Batch.objects.create(
        provider=model.provider, model=model, token=token, size=len(chosen), created_at=now, wanted_by=wanted_by,
        lease=lease, leased_until=now + LEASE, poll_at=now + LEASE,
    )  # fmt: skip
    kept = items.values_list("pk", "request")  # no whole rows: of thousands, garbage collection holds up every thread
    lines = [Line(custom_id(token, pk), request_of(request, model.name)) for pk, request in kept]
    items.update(state=BatchItem.State.SENT, batch=batch, attempts=F("attempts") + 1, error="")
    return Parcel(batch.pk, token, lease, model.provider_id, config, lines)


def custom_id(token: str, item_id: int) -> str:
    """The name of an item in a batch: at most 52 of the 64 characters that the vendors allow."""
    return f"{token}-{item_id}"


def item_id(token: str, name: str) -> int | None:
    """The way back; None for a name that is not of this batch."""
    ours, _, number = name.partition("-")
    return int(number) if ours == token and number.isdecimal() else None


async def _send(parcel: Parcel) -> None:
    api = api_for(parcel.config)
    try:
        vendor_id = await api.create(parcel.token, parcel.lines)
    except NoBatches:
        log.info("%s has no batch interface: its background work goes as ordinary requests", parcel.config.name)
        _without[parcel.provider_id, parcel.config.base_url] = time.monotonic() + WITHOUT_SECONDS
        await in_database_thread(_not_there, parcel)
    except Unsure as unsure:
        await in_database_thread(_unsure, parcel, str(unsure))
    except ProviderError as error:
        await in_database_thread(_refused, parcel, of_error(error, alone=False))
    else:
        if not await in_database_thread(_sent, parcel, vendor_id):  # taken for lost: its items are on their way again
            with suppress(ProviderError):
                await api.cancel(vendor_id)


def _has_none(provider_id: int, config: ProviderConfig) -> bool:
    return _without.get((provider_id, config.base_url), 0.0) > time.monotonic()


def _ours(parcel: Parcel) -> "QuerySet[Batch]":
    return Batch.objects.filter(pk=parcel.batch_id, lease=parcel.lease, state=Batch.State.SENDING)


def _sent(parcel: Parcel, vendor_id: str) -> bool:
    values = {"vendor_id": vendor_id, "state": Batch.State.SENT, "error": "", "lease": "", "leased_until": None}
    return _ours(parcel).update(poll_at=timezone.now() + SOON, **values) == 1


def _unsure(parcel: Parcel, said: str) -> None:
    """It stays "sending", free for whoever looks for it."""
    _ours(parcel).update(error=said[:1000], poll_at=timezone.now() + SOON, lease="", leased_until=None)


def _refused(parcel: Parcel, failure: Failure) -> None:
    with transaction.atomic():
        if _close(parcel, failure.message):
            items = BatchItem.objects.filter(batch_id=parcel.batch_id)
            settling.settle(items, dict.fromkeys(items.values_list("pk", flat=True), failure), None)


def _not_there(parcel: Parcel) -> None:
    """Nobody was asked: the items go the next way, at once, and the batch never was."""
    with transaction.atomic():
        if _close(parcel, ""):
            items = BatchItem.objects.filter(batch_id=parcel.batch_id)
            ids = list(items.values_list("pk", flat=True))
            settling.put_back(items, 0.0)
            settling.next_way(BatchItem.objects.filter(pk__in=ids), BatchItem.Way.BATCH)
            Batch.objects.filter(pk=parcel.batch_id).delete()


def _close(parcel: Parcel, said: str) -> bool:
    values = {"state": Batch.State.REFUSED, "error": said[:1000], "lease": "", "leased_until": None}
    return _ours(parcel).update(ended_at=timezone.now(), again=F("size"), **values) == 1
