"""An anonymous contact turns out to be an identified one: what was remembered of both becomes one.

Whoever calls it has proof that both are the same person: a hand-over that the host site signed.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from memory.models import ConversationCursor, Ignored, MemoryPreference, RememberedMessage, UserMemory
from memory.remember.asking import withdraw_all
from memory.remember.likeness import alike
from memory.remember.merging import Known, in_place, known_of, lock, single, supersede
from memory.remember.vectors import moved_vectors
from memory.scope import staff_scope
from people.models import Contact


@dataclass(frozen=True)
class Joined:
    """How many memories were moved, and how many of those the other contact had already."""

    moved: int
    doubled: int


def merge_contacts(from_contact: UUID, to_contact: UUID) -> Joined:
    """Move everything that is remembered of the first contact to the second. Twice does no harm.

    What both say is kept once; where only one can hold, the newer supersedes. Who was off stays off. Raises ValueError
    for contacts of different sites, or the same contact.
    """
    _check(from_contact, to_contact)
    with staff_scope():
        lock(from_contact, to_contact)
        doubled = _settle(known_of(from_contact), known_of(to_contact))
        moved = UserMemory.objects.filter(contact_id=from_contact).update(contact_id=to_contact)
        RememberedMessage.objects.filter(contact_id=from_contact).update(contact_id=to_contact)
        Ignored.objects.filter(contact_id=from_contact).update(contact_id=to_contact)
        moved_vectors(from_contact, to_contact)
        _move_cursors(from_contact, to_contact)
        _move_preference(from_contact, to_contact)
    return Joined(moved, doubled)


def _check(from_contact: UUID, to_contact: UUID) -> None:
    sites = dict(Contact.objects.filter(pk__in=[from_contact, to_contact]).values_list("pk", "site_id"))
    if len(sites) != 2:
        raise ValueError("Two contacts are needed, and both must exist.")
    if len(set(sites.values())) != 1:
        raise ValueError("Contacts of different sites are never merged.")


def _settle(coming: Known, there: Known) -> int:
    """Take away what is double, and let the newer of two that exclude each other hold. Returns how many were double."""
    double = []
    for memory in coming.holding:
        if same := next((each for each in there.holding if _same(memory, each)), None):
            double.append(memory.pk)
            UserMemory.objects.filter(superseded_by_id=memory.pk).update(superseded_by_id=same.pk)
            UserMemory.objects.filter(pk=same.pk, said_at__lt=memory.said_at).update(said_at=memory.said_at)
        elif other := _rival(memory, there):
            old, new = sorted((memory, other), key=lambda each: each.said_at)
            supersede(old, new)
            if old is other:
                there.holding.remove(other)
    UserMemory.objects.filter(pk__in=double).delete()
    return len(double)


def _same(one: UserMemory, other: UserMemory) -> bool:
    return alike(one.text, other.text, same_subject=one.subject.casefold() == other.subject.casefold() != "")


def _rival(memory: UserMemory, there: Known) -> UserMemory | None:
    """What holds there in the same place, where only one can."""
    if not single(memory.kind, memory.subject):
        return None
    return in_place(memory.kind, memory.subject, there)


def _move_cursors(from_contact: UUID, to_contact: UUID) -> None:
    """What a model was asked about the first contact is withdrawn; its conversations are read again as the second's."""
    cursors = ConversationCursor.objects.filter(contact_id=from_contact)
    if withdraw_all(from_contact):
        cursors.update(extracted_until=0, due_at=timezone.now())
    cursors.update(contact_id=to_contact)


def _move_preference(from_contact: UUID, to_contact: UUID) -> None:
    if MemoryPreference.objects.filter(contact_id=from_contact, enabled=False).exists():
        values = {"enabled": False, "changed_at": timezone.now()}
        MemoryPreference.objects.update_or_create(contact_id=to_contact, defaults=values)
    MemoryPreference.objects.filter(contact_id=from_contact).delete()
