"""Vectors on their way from Postgres into a store of its own.

Every memory's row has its vector, whichever store is in use: Postgres is the truth, a store of its own has copies. So
another store is filled without an embedder, and going back to Postgres needs nothing at all. New vectors are copied as
they come (`keep_outside`); a store that was named only now is given what is there by a chore (`fill`).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from memory.embedding import embedder
from memory.models import StoreFilling, UserMemory
from memory.scope import staff_scope
from memory.stores import Entry, store
from memory.stores.base import StoreError

log = logging.getLogger(__name__)
A_ROUND = 1000  # vectors that one round of the chore copies
AT_ONCE = 8  # contacts


class Progress(NamedTuple):
    """Of the store in use: how many vectors were copied to fill it, and since when it has all of them."""

    store: str
    copied: int
    filled_at: datetime | None


def keep_outside(rows: Sequence[UserMemory]) -> set[int]:
    """Copy the vectors of these rows into the store in use. Returns the ids that it did not take; with pgvector none.

    When it takes none at all it is away: that is logged, and `pauses` say when to try again. What was forgotten while
    its copy was on its way is erased again.
    """
    if store().inside or not rows:
        return set()
    own: dict[UUID, list[Entry]] = defaultdict(list)
    for row in rows:
        own[row.contact_id].append(Entry(row.pk, np.asarray(row.embedding, dtype=np.float32), row.embedder))
    failures = async_to_sync(_keep)(own)
    _judge(failures, len(own))
    async_to_sync(_forget)(_gone({contact: own[contact] for contact in own.keys() - failures.keys()}))
    return {entry.id for contact in failures for entry in own[contact]}


def fill(limit: int = A_ROUND) -> int:
    """Copy up to `limit` vectors that the store in use may lack. Returns how many; 0: it has all, or is away.

    A chore: it blocks. Vectors of another embedder are left out, as they are about to be made anew.
    """
    if store().inside or store().pauses.left:
        return 0
    filling = _in_use()
    if filling.filled_at:
        return 0
    rows = _after(filling, limit)
    refused = keep_outside(rows)
    if refused and len(refused) == len(rows):
        return 0
    _wait_again(refused)
    _note(filling, rows, done=len(rows) < limit)
    return len(rows) - len(refused)


def progress() -> Progress | None:
    """How far the store in use is filled; None with pgvector, where there is nothing to fill."""
    if store().inside:
        return None
    found = StoreFilling.objects.filter(store=store().name, in_use=True).first()
    return Progress(store().name, found.copied if found else 0, found.filled_at if found else None)


async def _keep(own: Mapping[UUID, list[Entry]]) -> dict[UUID, StoreError]:
    """The contacts whose vectors were not taken, and why."""
    turn, failures = asyncio.Semaphore(AT_ONCE), dict[UUID, StoreError]()

    async def keep(contact: UUID) -> None:
        async with turn:
            try:
                await store().keep(contact, own[contact])
            except StoreError as error:
                failures[contact] = error

    await asyncio.gather(*[keep(contact) for contact in own])
    return failures


async def _forget(gone: Mapping[UUID, list[int]]) -> None:
    for contact, ids in gone.items():
        await store().forget(contact, ids)


def _judge(failures: Mapping[UUID, StoreError], contacts: int) -> None:
    pauses = store().pauses
    if not failures:
        pauses.went_well()
        return
    error = next(iter(failures.values()))
    seconds = pauses.failed(error) if len(failures) == contacts else 0
    log.warning("Vectors of %s contacts wait for the store, %.0f s at least: %s", len(failures), seconds, error)


def _gone(own: Mapping[UUID, list[Entry]]) -> dict[UUID, list[int]]:
    """What is not remembered any more, or of somebody else."""
    ids = [entry.id for entries in own.values() for entry in entries]
    with staff_scope():
        there = set(UserMemory.objects.filter(pk__in=ids, superseded_at=None).values_list("contact_id", "pk"))
    lost = {
        contact: [entry.id for entry in entries if (contact, entry.id) not in there] for contact, entries in own.items()
    }
    return {contact: ids for contact, ids in lost.items() if ids}


def _in_use() -> StoreFilling:
    """Of the store that settings name. Of others nothing is known from now on: they are not kept up."""
    with transaction.atomic():
        StoreFilling.objects.exclude(store=store().name).filter(in_use=True).update(in_use=False)
        found, _ = StoreFilling.objects.get_or_create(store=store().name)
        if not found.in_use:
            found = StoreFilling(store=store().name)
            found.save()
    return found


def _after(filling: StoreFilling, limit: int) -> list[UserMemory]:
    """The next rows, in the order of the index on contacts."""
    with staff_scope():
        rows = UserMemory.objects.filter(embedder=embedder().name, embedding__isnull=False, superseded_at=None)
        if filling.after_contact:
            place = [filling.after_contact, filling.after_memory]
            rows = rows.extra(where=["(contact_id, id) > (%s, %s)"], params=place)  # rows, compared
        return list(rows.order_by("contact_id", "id").only("contact_id", "embedding", "embedder")[:limit])


def _wait_again(ids: Collection[int]) -> None:
    """They are embedded and copied with what is new."""
    if ids:
        with staff_scope():
            UserMemory.objects.filter(pk__in=ids).update(embedder="")


def _note(filling: StoreFilling, rows: Sequence[UserMemory], *, done: bool) -> None:
    """How far it went; in vain if another store was named meanwhile."""
    last = rows[-1] if rows else None
    StoreFilling.objects.filter(store=filling.store, in_use=True).update(
        after_contact=last.contact_id if last else filling.after_contact,
        after_memory=last.pk if last else filling.after_memory,
        copied=F("copied") + len(rows),
        filled_at=timezone.now() if done else None,
    )
    if done:
        log.info("%s has the vectors of all memories.", filling.store)
