"""What tests about remembering share: a contact who says things, and a look at everything that is kept."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async

from memory.models import ConversationCursor, Ignored, MemoryPreference, RememberedMessage, UserMemory
from memory.remember import extract_due, note_turn
from memory.scope import staff_scope
from parley.threads import in_database_thread

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
_numbers = count(1000)


@dataclass
class Talk:
    """One conversation of a contact. `say` notes it and has it read at once."""

    contact: UUID
    conversation: UUID = field(default_factory=uuid4)
    numbers: list[int] = field(default_factory=list)

    async def note(self, *texts, by_contact=True, at=TUESDAY):
        rows = [(next(_numbers), by_contact, text, at + timedelta(seconds=n)) for n, text in enumerate(texts)]
        self.numbers += [row[0] for row in rows]
        return await note_turn(self.contact, self.conversation, rows)

    async def say(self, *texts, **kwargs):
        await self.note(*texts, **kwargs)
        await read(self.contact)


async def read(contact):
    """Have everything of the contact read as if it had been idle."""

    def due():
        with staff_scope():
            ConversationCursor.objects.filter(contact_id=contact, due_at__isnull=False).update(
                due_at=TUESDAY - timedelta(9999)
            )

    await in_database_thread(due)
    await extract_due()


def texts(contact, *, all_of_them=False):
    """What holds of the contact, oldest first."""
    with staff_scope():
        rows = UserMemory.objects.filter(contact_id=contact).order_by("id")
        return [row.text for row in rows if all_of_them or row.superseded_at is None]


def ignored(contact):
    """What was passed over: (reason, text)."""
    with staff_scope():
        return list(Ignored.objects.filter(contact_id=contact).order_by("id").values_list("reason", "text"))


def rows_of(contact):
    """How many rows each table has of the contact."""
    tables = (UserMemory, RememberedMessage, Ignored, MemoryPreference, ConversationCursor)
    with staff_scope():
        return {table.__name__: table.objects.filter(contact_id=contact).count() for table in tables}


atexts, aignored, arows = (sync_to_async(each) for each in (texts, ignored, rows_of))
