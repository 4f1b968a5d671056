"""Filters of the list of memories."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from memory.models import UserMemory


class StandingFilter(DropdownFilter):
    """What is recalled, and what is kept only as history."""

    title, parameter_name = "state", "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("holds", "Holds"), ("superseded", "Superseded"), ("over", "Over"), ("strange", "Without a vector")]

    def queryset(self, _request: HttpRequest, rows: QuerySet[UserMemory]) -> QuerySet[UserMemory]:
        """Those in the chosen state."""
        over = Q(holds_until__lte=timezone.now())
        held = Q(superseded_at=None)
        conditions = {
            "holds": held & ~(over & Q(holds_until__isnull=False)),
            "superseded": ~held,
            "over": held & over,
            "strange": held & Q(embedding=None),
        }
        condition = conditions.get(self.value() or "")
        return rows if condition is None else rows.filter(condition)
