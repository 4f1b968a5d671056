"""One contact's data as JSON, for the contact's right to have it. Vectors are left out: they say nothing to people."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from memory.models import ConversationCursor, Ignored, MemoryPreference, RememberedMessage, UserMemory
from memory.scope import contact_scope
from people.models import Contact

Exporter = Callable[[UUID], Any]
_exporters: dict[str, Exporter] = {}
MEMORY = (
    "id", "kind", "subject", "text", "said_at", "holds_from", "holds_until", "confidence", "importance", "origin",
    "source_message", "source_conversation", "recalled", "useful", "recalled_at", "superseded_at", "superseded_by_id",
    "created_at", "updated_at",
)  # fmt: skip


def register_exporter(name: str, exporter: Exporter) -> None:
    """A higher app adds what it keeps of a contact under this name: plain JSON values."""
    _exporters[name] = exporter


def export(contact_id: UUID) -> dict[str, Any]:
    """Everything that is kept of a contact. Raises LookupError for a contact who does not exist."""
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise LookupError("There is no such contact.")
    about = {"id": str(contact.pk), "site": contact.site.key, "name": contact.name, "email": contact.email}
    with contact_scope(contact_id):
        of_memory = {
            "memories": _rows(UserMemory.objects.filter(contact_id=contact_id), MEMORY),
            "messages": _rows(
                RememberedMessage.objects.filter(contact_id=contact_id),
                ("message", "conversation", "by_contact", "text", "said_at"),
            ),
            "ignored": _rows(
                Ignored.objects.filter(contact_id=contact_id), ("text", "reason", "source_message", "created_at")
            ),
            "preference": _rows(MemoryPreference.objects.filter(contact_id=contact_id), ("enabled", "changed_at")),
            "conversations_read": _rows(
                ConversationCursor.objects.filter(contact_id=contact_id), ("conversation", "extracted_until", "due_at")
            ),
        }
    others = {name: exporter(contact_id) for name, exporter in sorted(_exporters.items())}
    return {"contact": about, **of_memory, **others}


def _rows(rows: "QuerySet[Any]", names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in rows.order_by("pk").values(*names)]


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
