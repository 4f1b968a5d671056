"""What merging changes, gathered and written together: a few statements for a contact, not some for each memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.utils import timezone

from memory.models import UserMemory
from memory.remember.vectors import forget_vectors

NUMBERS = "SELECT nextval(pg_get_serial_sequence('memory_usermemory', 'id')) FROM generate_series(1, %s)"
SUPERSEDED = ("superseded_at", "superseded_by", "holds_until")
REFRESHED = ("text", "said_at", "updated_at", "confidence", "importance")


@dataclass
class Changes:
    """Rows as they are to be; `expected` is how many memories may be added. Nothing is written before `write`."""

    expected: int
    _added: list[UserMemory] = field(default_factory=list)
    _superseded: list[UserMemory] = field(default_factory=list)
    _refreshed: list[UserMemory] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)

    def add(self, memory: UserMemory) -> UserMemory:
        """It gets its number now, so that what follows can name it."""
        if not self._numbers:
            self._numbers = _numbers(max(self.expected - len(self._added), 1))
        memory.pk = self._numbers.pop(0)
        self._added.append(memory)
        return memory

    def supersede(self, old: UserMemory, new: UserMemory) -> None:
        """The old one stays, dated: it held until the new one was said."""
        supersede_row(old, new)
        self._superseded.append(old)

    def refresh(self, memory: UserMemory) -> None:
        """Its text, when it was said, or how sure it is has changed."""
        self._refreshed.append(memory)

    def write(self, contact_id: UUID) -> None:
        """Bring it all into the table, inside the contact's scope."""
        UserMemory.objects.bulk_create(self._added)
        own = UserMemory.objects.filter(contact_id=contact_id)
        own.bulk_update(_stored(self._superseded, self._added), SUPERSEDED)
        own.bulk_update(_stored(self._refreshed, self._added), REFRESHED)
        forget_vectors(contact_id, [old.pk for old in self._superseded])


def supersede_row(old: UserMemory, new: UserMemory) -> None:
    """The values of a memory in whose place another holds."""
    old.superseded_at, old.superseded_by = timezone.now(), new
    old.holds_until = old.holds_until or new.said_at


def _stored(changed: Sequence[UserMemory], added: Sequence[UserMemory]) -> list[UserMemory]:
    """Each once, without those that are new: they were written as they are."""
    new = {memory.pk for memory in added}
    return list({memory.pk: memory for memory in changed if memory.pk not in new}.values())


def _numbers(many: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [many])
        return [int(row[0]) for row in cursor.fetchall()]
