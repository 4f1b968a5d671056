"""The poller: looks after batches that may be at a vendor, reads their results, and looks for those that got lost.

One process looks at a batch at a time: it holds the batch's lease, and every write asks for it.
"""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from parley.threads import in_database_thread
from routing.batches import settling
from routing.batches.fates import CANCELLED, EXPIRED, MISSING, Failure, of_error
from routing.batches.sending import item_id
from routing.batches.vendors import BatchApi, Lost, Progress, Reply, Result, Sought, api_for
from routing.models import Batch, BatchItem
from routing.providers import ErrorKind, ProviderConfig, ProviderError, failures

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=3)  # renewed with each part of the results
FIRST_LOOK, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
SEARCH = timedelta(minutes=2)  # after so long a batch that the vendor does not list was never there
GIVE_UP = timedelta(hours=30)  # the vendors' day, and more
LAST_CALL = timedelta(minutes=10)  # so long before the results are wanted, what has no answer goes another way
TOGETHER = 200
MOST_READS = 3
MOST_LOOKS = 100  # of one pass


class LeaseGone(Exception):
    """Another process looks after the batch now."""


@dataclass(frozen=True)
class Held:
    """A batch that is ours to look after."""

    batch: Batch
    lease: str
    config: ProviderConfig

    @property
    def rows(self) -> "QuerySet[Batch]":
        """Its row, as long as the lease is ours."""
        return Batch.objects.filter(pk=self.batch.pk, lease=self.lease, state__in=Batch.OPEN)

    @property
    def items(self) -> "QuerySet[BatchItem]":
        """The items in it."""
        return BatchItem.objects.filter(batch_id=self.batch.pk)


async def poll_due() -> None:
    """Look at every batch that is due."""
    for _ in range(MOST_LOOKS):
        if (held := await in_database_thread(claim)) is None:
            return
        with suppress(LeaseGone):
            await _look_after(held)


def claim() -> Held | None:
    """Take the lease of the batch that is due the longest."""
    now, lease = timezone.now(), secrets.token_hex(16)
    with transaction.atomic():
        due = Batch.objects.filter(
            Q(leased_until=None) | Q(leased_until__lt=now), state__in=Batch.OPEN, poll_at__lte=now
        )
        batch = due.select_for_update(skip_locked=True).order_by("poll_at").first()
        if batch is None:
            return None
        held = {"lease": lease, "leased_until": now + LEASE, "poll_at": now + LEASE}
        Batch.objects.filter(pk=batch.pk).update(polls=F("polls") + 1, **held)
    return Held(batch, lease, batch.provider.config())


async def _look_after(held: Held) -> None:
    batch, api = held.batch, api_for(held.config)
    try:
        if batch.state == Batch.State.SENDING:
            await _search(held, api)
        else:
            await _look(held, api)
    except ProviderError as error:
        there_is_none = error.kind is ErrorKind.NOT_FOUND
        await (
            in_database_thread(_lost, held, str(error)) if there_is_none else in_database_thread(_later, held, error)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        log.exception("What the vendor says of batch %s cannot be read", batch.pk)
        await in_database_thread(_later, held, failures.malformed(held.config, "something else than a batch"))


async def _search(held: Held, api: BatchApi) -> None:
    """Nobody knows whether the vendor took it: adopt what is there, or let the items wait again."""
    batch = held.batch
    others = await in_database_thread(_known_ids, batch)
    sought = Sought(batch.token, batch.size, batch.created_at, others)
    if (found := await api.find(sought)) is not None:
        adopted = {"vendor_id": found.vendor_id, "confirmed": found.certain, "state": Batch.State.SENT, "error": ""}
        await in_database_thread(_free, held, timedelta(0), **adopted)
    elif timezone.now() - batch.created_at > SEARCH:
        await in_database_thread(_lost, held, batch.error or "The vendor did not get it.")
    else:
        await in_database_thread(_free, held, FIRST_LOOK)


def _known_ids(batch: Batch) -> frozenset[str]:
    """Ids at this vendor that are surely other batches of ours, or were found to be somebody else's."""
    others = Batch.objects.filter(provider=batch.provider_id, confirmed=True).exclude(vendor_id="")
    return frozenset([*others.values_list("vendor_id", flat=True), *batch.ruled_out])


async def _look(held: Held, api: BatchApi) -> None:
    batch = held.batch
    progress = await api.look(batch.vendor_id)
    if progress.problem:
        await in_database_thread(_none_taken, held, progress)
    elif progress.ended:
        await _read(held, api, progress)
    elif not _is_to_end(batch):
        await in_database_thread(_free, held, pause(batch), vendor_state=progress.state, error="")
    elif batch.confirmed:
        await api.cancel(batch.vendor_id)
        noted = {"vendor_state": progress.state, "error": "", "cancelled_at": timezone.now()}
        await in_database_thread(_free, held, FIRST_LOOK, **noted)
    else:  # it may be somebody else's: that is left alone
        await in_database_thread(_lost, held, "It was wanted before it was sure which of the vendor's batches it is.")


def pause(batch: Batch) -> timedelta:
    """Until the next look: a tenth of its age, from ten seconds to five minutes, and at once when it is due to end."""
    age = timezone.now() - batch.created_at
    pause = min(max(age / 10, FIRST_LOOK), LONGEST_PAUSE)
    until_last_call = batch.wanted_by - LAST_CALL - timezone.now()
    return min(pause, until_last_call) if until_last_call > timedelta(0) else pause


def _is_to_end(batch: Batch) -> bool:
    """Whether an administrator or its deadline ends it, and that was not done yet."""
    return not batch.cancelled_at and bool(batch.cancel_asked_at or batch.wanted_by - LAST_CALL <= timezone.now())


async def _read(held: Held, api: BatchApi, progress: Progress) -> None:
    """Write down the results, part by part; killed in the middle, the next one reads again and skips what is there."""
    async with api.results(held.batch.vendor_id, progress) as results:
        async for part in _parts(results):
            if not await _is_ours(held, part):
                return
            await in_database_thread(_store, held, part)
    if await in_database_thread(_finish, held, progress.state) and held.batch.confirmed:
        with suppress(ProviderError):
            await api.discard(held.batch.vendor_id, progress)


async def _parts(results: AsyncIterator[Result]) -> AsyncIterator[list[Result]]:
    part: list[Result] = []
    async for result in results:
        part.append(result)
        if len(part) == TOGETHER:
            yield part
            part = []
    if part:
        yield part


async def _is_ours(held: Held, part: list[Result]) -> bool:
    """Whether a batch that was found by its size alone is ours: its ids tell. If not, the search goes on."""
    if held.batch.confirmed:
        return True
    ours = any(item_id(held.batch.token, result.custom_id) is not None for result in part)
    if ours:
        held.batch.confirmed = True
    else:
        await in_database_thread(_rule_out, held)
    return ours


def _rule_out(held: Held) -> None:
    others = [*held.batch.ruled_out, held.batch.vendor_id]
    _free(held, timedelta(0), state=Batch.State.SENDING, vendor_id="", confirmed=True, ruled_out=others)


def _store(held: Held, part: list[Result]) -> None:
    whats = {}
    for result in part:
        if (pk := item_id(held.batch.token, result.custom_id)) is not None:
            whats[pk] = _what(result.what)
    share = held.batch.model.batch_price_share if held.batch.model else None
    with transaction.atomic():
        _renew(held)
        settling.settle(held.items, whats, share)


def _what(what: Reply | ProviderError | Lost) -> Reply | Failure:
    if isinstance(what, Reply):
        return what
    if isinstance(what, ProviderError):
        return of_error(what, alone=True)
    return EXPIRED if what is Lost.EXPIRED else CANCELLED


def _renew(held: Held) -> None:
    until = timezone.now() + LEASE
    if not held.rows.update(leased_until=until, poll_at=until, confirmed=held.batch.confirmed):
        raise LeaseGone


def _finish(held: Held, vendor_state: str) -> bool:
    """End a batch whose results were all read. Some are missing: read again, three times in all."""
    with transaction.atomic():
        _renew(held)
        missing = list(held.items.filter(state=BatchItem.State.SENT).values_list("pk", flat=True))
        if missing and held.batch.reads + 1 < MOST_READS:
            _free(held, FIRST_LOOK, reads=F("reads") + 1, vendor_state=vendor_state)
            return False
        settling.settle(held.items, dict.fromkeys(missing, MISSING), None)
        _end(held, Batch.State.ENDED, vendor_state=vendor_state, error="")
        return True


def _none_taken(held: Held, progress: Progress) -> None:
    """The vendor found something wrong and did nothing. What is at fault is asked alone, which shows its own error."""
    with transaction.atomic():
        _renew(held)
        ids = list(held.items.order_by("pk").values_list("pk", flat=True))
        at_fault = {ids[place] for place in progress.bad_lines if place < len(ids)} or set(ids)
        fault = Failure(progress.problem, way=BatchItem.Way.ALONE)
        beside = Failure("Another request of its batch was wrong.", counts=False)
        settling.settle(held.items, {pk: fault if pk in at_fault else beside for pk in ids}, None)
        _end(held, Batch.State.REFUSED, vendor_state=progress.state, error=progress.problem[:1000])


def _lost(held: Held, said: str) -> None:
    """There is no such batch: its items wait again."""
    with transaction.atomic():
        _renew(held)
        settling.release(held.items)
        _end(held, Batch.State.LOST, error=said[:1000])


def _later(held: Held, error: ProviderError) -> None:
    """The vendor could not be asked. After more than a day nothing is to be expected of it any more."""
    if timezone.now() - held.batch.created_at > GIVE_UP:
        _lost(held, str(error))
    else:
        wait = max(pause(held.batch), timedelta(seconds=error.retry_after or 0.0))
        _free(held, wait, error=str(error)[:1000])


def _end(held: Held, state: Batch.State, **values: object) -> None:
    done = held.items.filter(finished_at__isnull=False).count()
    again = max(held.batch.size - done, 0)
    held.rows.update(
        state=state, done=done, again=again, ended_at=timezone.now(), lease="", leased_until=None, **values
    )


def _free(held: Held, wait: timedelta, **values: object) -> None:
    """Give the lease back; the next look is after `wait`."""
    held.rows.update(poll_at=timezone.now() + wait, lease="", leased_until=None, **values)
