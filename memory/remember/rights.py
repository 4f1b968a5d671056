"""What a contact and the staff may do with what is remembered. Synchronous: a loop calls it in a database thread.

A contact's functions name the contact, and see no other; the staff's leave permissions to the admin. What somebody
corrected or deleted does not come back from older messages: a correction holds against all that was said before, and
the copies of the messages that it came from go.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from memory.models import ConversationCursor, Kind, MemoryPreference, RememberedMessage, UserMemory
from memory.models.remembered import TEXT_LIMIT
from memory.remember.asking import withdraw_all
from memory.remember.copies import forget_copies
from memory.remember.erasing import erase
from memory.remember.extracting import wanted
from memory.remember.masking import secrets_in
from memory.remember.merging import lock, supersede
from memory.remember.policies import policy_now
from memory.remember.vectors import forget_vectors
from memory.scope import contact_scope, staff_scope
from people.models import Contact

Origin = UserMemory.Origin
HISTORY = 200  # versions of one memory that are followed


class NotPossible(ValueError):
    """What was asked for cannot be done; the message says why and how, for whoever asked."""


def memories(contact_id: UUID, *, limit: int = 500) -> list[UserMemory]:
    """What is remembered of the contact and holds, newest first."""
    with contact_scope(contact_id):
        return list(UserMemory.objects.filter(contact_id=contact_id, superseded_at=None).order_by("-id")[:limit])


def correct(contact_id: UUID, memory_id: int, text: str, *, by: Origin = Origin.CONTACT) -> UserMemory:
    """Say it right: a new memory of the same subject, in whose favour the old one is superseded. Returns the new one.

    Raises NotPossible for a text that is empty, too long or holds a secret, and for a memory that is not the contact's
    or holds no more.
    """
    said = _checked(text)
    with contact_scope(contact_id):
        lock(contact_id)
        old = _own(contact_id, memory_id)
        if old.superseded_at is not None:
            raise NotPossible("This was replaced meanwhile. Look at the list again and correct the newer one.")
        if old.text == said:
            return old
        new = _written(contact_id, said, old, by)
        supersede(old, new)
        forget_copies(contact_id, _sources([old]))
        return new


def forget(contact_id: UUID, memory_id: int) -> int:
    """Delete one memory, what it superseded, and the copies of the messages that they came from. Returns how many
    memories; 0 when it is gone already.
    """
    with contact_scope(contact_id):
        lock(contact_id)
        chain = _history(contact_id, memory_id)
        forget_copies(contact_id, _sources(chain))
        ids = [each.pk for each in chain]
        forget_vectors(contact_id, ids)
        return UserMemory.objects.filter(contact_id=contact_id, pk__in=ids).delete()[0]


def forget_everything(contact_id: UUID) -> dict[str, int]:
    """The contact's own button: `erase`."""
    return erase(contact_id)


def remembers(contact_id: UUID) -> bool:
    """Whether the contact is remembered: as it chose, where the site's policy allows it."""
    site = Contact.objects.filter(pk=contact_id).values_list("site_id", flat=True).first()
    if site is None:
        return False
    with contact_scope(contact_id):
        return wanted(contact_id, policy_now(site))


def switch(contact_id: UUID, *, on: bool) -> None:
    """Remember the contact or not. Off: nothing is recalled and nothing new is kept; what waits to be read is dropped.
    What is remembered stays until it is forgotten.
    """
    with contact_scope(contact_id):
        lock(contact_id)
        values = {"enabled": on, "changed_at": timezone.now()}
        MemoryPreference.objects.update_or_create(contact_id=contact_id, defaults=values)
        if not on:
            own = RememberedMessage.objects.filter(conversation=OuterRef("conversation")).order_by("-message")
            newest = Coalesce(Subquery(own.values("message")[:1]), F("extracted_until"))
            ConversationCursor.objects.filter(contact_id=contact_id).update(due_at=None, extracted_until=newest)
            withdraw_all(contact_id)


def find(
    words: str = "", *, contact_id: UUID | None = None, site_id: int | None = None, limit: int = 100
) -> list[UserMemory]:
    """For the staff: memories by words or a part of the text, newest first, superseded ones included."""
    with staff_scope():
        rows: QuerySet[UserMemory] = UserMemory.objects.select_related("contact", "superseded_by")
        if words := words.replace("\0", "").strip():
            rows = rows.filter(Q(searchable=SearchQuery(words, config="english")) | Q(text__icontains=words))
        if contact_id is not None:
            rows = rows.filter(contact_id=contact_id)
        if site_id is not None:
            rows = rows.filter(contact__site_id=site_id)
        return list(rows.order_by("-id")[:limit])


def add(
    contact_id: UUID, text: str, *, kind: Kind = Kind.FACT, subject: str = "", by: Origin = Origin.STAFF
) -> UserMemory:
    """Write a memory by hand. Raises NotPossible as `correct` does."""
    said = _checked(text)
    with contact_scope(contact_id):
        return _written(contact_id, said, UserMemory(kind=kind, subject=subject[:100]), by)


def merge_two(contact_id: UUID, keep_id: int, other_id: int, text: str = "") -> UserMemory:
    """For the staff: make one of two memories of a contact, with this text or that of the first. Returns it."""
    if keep_id == other_id:
        raise NotPossible("Choose two different memories.")
    with contact_scope(contact_id):
        lock(contact_id)
        keep, other = _own(contact_id, keep_id), _own(contact_id, other_id)
        said = _checked(text or keep.text)
        new = _written(contact_id, said, keep, Origin.STAFF)
        new.importance, new.confidence = max(keep.importance, other.importance), max(keep.confidence, other.confidence)
        new.recalled, new.useful = keep.recalled + other.recalled, keep.useful + other.useful
        new.save(update_fields=["importance", "confidence", "recalled", "useful"])
        for old in (keep, other):
            if old.superseded_at is None:
                supersede(old, new)
        return new


def _written(contact_id: UUID, text: str, like: UserMemory, by: Origin) -> UserMemory:
    now: datetime = timezone.now()
    return UserMemory.objects.create(
        contact_id=contact_id,
        kind=like.kind,
        subject=like.subject,
        text=text,
        said_at=now,
        updated_at=now,
        holds_until=like.holds_until,
        importance=max(like.importance, 0.7),
        origin=by,
        recalled=like.recalled or 0,
        useful=like.useful or 0,
    )


def _checked(text: str) -> str:
    said = " ".join(text.replace("\0", "").split())
    if not said:
        raise NotPossible("Write what is right. To have it forgotten, delete it.")
    if len(said) > TEXT_LIMIT:
        raise NotPossible(f"{len(said)} characters are too many: {TEXT_LIMIT} fit. Say it shorter.")
    if found := secrets_in(said):
        raise NotPossible(f"This holds {found[0].what}. Such things are not remembered: leave it out.")
    return said


def _own(contact_id: UUID, memory_id: int) -> UserMemory:
    found = UserMemory.objects.filter(contact_id=contact_id, pk=memory_id).first()
    if found is None:
        raise NotPossible("This memory is gone. Look at the list again.")
    return found


def _history(contact_id: UUID, memory_id: int) -> list[UserMemory]:
    """A memory and all that it superseded, directly or not."""
    own = UserMemory.objects.filter(contact_id=contact_id)
    found = list(own.filter(pk=memory_id))
    layer = found
    while layer and len(found) < HISTORY:
        known = {each.pk for each in found}
        layer = [each for each in own.filter(superseded_by__in=[each.pk for each in layer]) if each.pk not in known]
        found += layer
    return found


def _sources(found: Sequence[UserMemory]) -> list[int]:
    """The messages that these came from."""
    return [each.source_message for each in found if each.source_message is not None]
