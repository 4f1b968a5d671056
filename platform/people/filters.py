"""Filters of the contact list."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter


class IdentifiedFilter(DropdownFilter):
    """Contacts whom a host site vouches for, and the others."""

    title = "identity"
    parameter_name = "identity"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """The two kinds."""
        return [("identified", "Identified"), ("anonymous", "Anonymous")]

    def queryset(self, _request: HttpRequest, contacts: QuerySet[Any]) -> QuerySet[Any]:
        """The contacts of the chosen kind."""
        if self.value() == "anonymous":
            return contacts.filter(key__startswith="anon:")
        return contacts.exclude(key__startswith="anon:") if self.value() == "identified" else contacts
