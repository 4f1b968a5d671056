"""Filters of the contact list."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from people.models import AudienceTier


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


class AudienceFilter(DropdownFilter):
    """Contacts by the tier that they are in: given to them, or the built-in one of their kind."""

    title = "audience"
    parameter_name = "audience"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Every tier."""
        return [(tier.key, tier.name) for tier in AudienceTier.objects.all()]

    def queryset(self, _request: HttpRequest, contacts: QuerySet[Any]) -> QuerySet[Any]:
        """The contacts in the chosen tier."""
        if not (key := self.value()):
            return contacts
        anonymous = Q(audience=None, key__startswith="anon:")
        by_kind = {AudienceTier.ANONYMOUS: anonymous, AudienceTier.IDENTIFIED: Q(audience=None) & ~anonymous}
        return contacts.filter(Q(audience__key=key) | by_kind.get(key, Q(pk__in=[])))
