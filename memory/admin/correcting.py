"""What the staff's form may change of a memory, so that nothing that is read later undoes it."""

from typing import Any

from django import forms
from django.utils import timezone

from memory.models import UserMemory
from memory.remember import rights
from memory.scope import contact_scope

STAFF = UserMemory.Origin.STAFF
DETAILS = ("kind", "subject", "holds_until")


class MemoryForm(forms.ModelForm):  # type: ignore[type-arg]
    """A memory. `refused`: why its text was not taken, shown beside the text as it was typed."""

    refused = ""

    class Meta:
        model = UserMemory
        fields = ("contact", "text", *DETAILS)

    def clean_text(self) -> str:
        """Raises what `rights` said."""
        if self.refused:
            raise forms.ValidationError(self.refused)
        return str(self.cleaned_data["text"])


def write(form: MemoryForm) -> UserMemory:
    """A new memory, or a correction of the form's: then the earlier one is superseded, unless only details changed.

    Raises rights.NotPossible.
    """
    row: UserMemory = form.instance
    if row.pk:
        saved = rights.correct(row.contact_id, row.pk, row.text, by=STAFF)
    else:
        saved = rights.add(row.contact_id, row.text, by=STAFF)
    if details := {name: form.cleaned_data[name] for name in DETAILS if name in form.changed_data}:
        _set(saved, details)
    return saved


def _set(memory: UserMemory, details: dict[str, Any]) -> None:
    """Said by the staff and now, so that it holds against all that was said before."""
    now = timezone.now()
    with contact_scope(memory.contact_id):
        own = UserMemory.objects.filter(contact_id=memory.contact_id, pk=memory.pk)
        own.update(**details, origin=STAFF, said_at=now, updated_at=now)
