"""Vectors that are kept outside of Postgres go with their memories. Where they are in the rows there is nothing to do.

The store is asked after the commit: it may be across a network, and what was rolled back must keep its vectors.
"""

import logging
from collections.abc import Callable, Collection
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction

from memory.models import UserMemory
from memory.stores import store
from memory.stores.base import StoreError

log = logging.getLogger(__name__)


def outside() -> bool:
    """Whether a store of its own has the vectors."""
    return not store().inside


def forget_vectors(contact_id: UUID, ids: Collection[int]) -> None:
    """Erase these memories' vectors once the transaction is committed. A store that is away is logged: recall reads the
    rows, so that what is left there is never shown; erasing the contact takes it along.
    """
    if ids and outside():
        _afterwards(lambda: async_to_sync(store().forget)(contact_id, ids), contact_id)


def moved_vectors(from_contact: UUID, to_contact: UUID) -> None:
    """Memories were moved to another contact: their vectors are made anew there, and erased here."""
    if outside():
        UserMemory.objects.filter(contact_id=to_contact).update(embedding=None, embedder="")
        _afterwards(lambda: forget_all_vectors(from_contact), from_contact)


def forget_all_vectors(contact_id: UUID) -> None:
    """Erase everything of the contact, at once. Raises StoreError."""
    if outside():
        async_to_sync(store().forget_all)(contact_id)


def _afterwards(do: Callable[[], None], contact_id: UUID) -> None:
    def carefully() -> None:
        try:
            do()
        except StoreError:
            log.exception("Vectors of contact %s stay in the store until it is erased", contact_id)

    transaction.on_commit(carefully)
