"""Forgetting: everything that memory holds of a contact, and what others hold for it.

Other apps answer the signal `erased` for what they keep (logs, caches, answers drawn from a contact's words).
"""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import Signal, receiver

from memory.models import ConversationCursor, Ignored, MemoryPreference, RememberedMessage, UserMemory
from memory.remember.asking import withdraw_all
from memory.remember.copies import forgotten
from memory.remember.merging import lock
from memory.remember.vectors import forget_all_vectors
from memory.scope import contact_scope
from memory.stores.base import StoreError
from people.models import Contact

log = logging.getLogger(__name__)
# Sent with contact_id after everything here is gone and committed. A receiver that fails is told to who erases.
erased = Signal()
TABLES = (UserMemory, RememberedMessage, Ignored, ConversationCursor)


class NotErasedEverywhere(Exception):
    """Memory is empty, but some other place could not be reached; the message says which. Erase again later."""


def erase(contact_id: UUID) -> dict[str, int]:
    """Delete memories with their vectors and history, copies of messages, what was ignored, cursors and queued
    extraction. Returns how many of each. That somebody does not want to be remembered stays known.

    Erasing twice does no harm. Raises NotErasedEverywhere when another app's part failed.
    """
    with contact_scope(contact_id):
        lock(contact_id)
        cursors = ConversationCursor.objects.filter(contact_id=contact_id)
        conversations = list(cursors.values_list("conversation", flat=True))
        counts = {
            str(table._meta.verbose_name_plural): table._default_manager.filter(contact_id=contact_id).delete()[0]  # noqa: SLF001
            for table in TABLES
        }
        MemoryPreference.objects.filter(contact_id=contact_id, enabled=True).delete()
        counts["queued extractions"] = withdraw_all(contact_id)
        forgotten.send(sender=UserMemory, contact_id=contact_id, messages=None, conversations=conversations)
        transaction.on_commit(lambda: _tell(contact_id))
    return counts


@receiver(pre_delete, sender=Contact)
def _contact_goes(instance: Contact, **_: object) -> None:
    """The tables' rows go with the contact by themselves; what others hold must be told."""
    contact_id = instance.pk
    withdraw_all(contact_id)
    transaction.on_commit(lambda: _tell(contact_id), robust=True)


def _tell(contact_id: UUID) -> None:
    failed = []
    try:
        forget_all_vectors(contact_id)
    except StoreError as error:
        log.exception("The vectors of contact %s were not erased", contact_id)
        failed.append(str(error))
    for place, answer in erased.send_robust(sender=UserMemory, contact_id=contact_id):
        if isinstance(answer, Exception):
            log.error("%s did not erase contact %s", place, contact_id, exc_info=answer)
            failed.append(f"{getattr(place, '__qualname__', place)}: {answer}")
    if failed:
        raise NotErasedEverywhere(f"The memories are gone; erase again for the rest: {'; '.join(failed)}")
