"""Filters of the lists of conversations, escalations and problem reports."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from conversations.admin.chips import Chip, complain
from conversations.models import TurnState


class ChosenFilter(DropdownFilter):
    """A drop-down whose choices are conditions: {value: (label, conditions)}."""

    conditions: dict[str, tuple[str, dict[str, Any]]] = {}

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        if (value := self.value()) and value not in self.conditions:
            known = ", ".join(self.conditions)
            complain(request, [f"“{value[:40]}” is nothing to choose for {self.title}: it is one of {known}."])

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [(value, label) for value, (label, _) in self.conditions.items()]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that meet the chosen condition."""
        chosen = self.conditions.get(self.value() or "")
        return rows.filter(**chosen[1]) if chosen else rows

    def chips(self) -> list[Chip]:
        """What is chosen."""
        chosen = self.conditions.get(self.value() or "")
        return [Chip(chosen[0], {str(self.parameter_name): None})] if chosen else []


class SolvedFilter(ChosenFilter):
    """What the contact said."""

    title, parameter_name = "solved", "solved"
    conditions = {
        "yes": ("Solved", {"solved": True}),
        "no": ("Not solved", {"solved": False}),
        "unknown": ("Not said", {"solved": None}),
    }


class EscalatedFilter(ChosenFilter):
    """Whether somebody waits for a person."""

    title, parameter_name = "escalated", "escalated"
    conditions = {
        "yes": ("Escalated now", {"open_escalation": True}),
        "no": ("Not escalated", {"open_escalation": False}),
    }


class LastTurnFilter(ChosenFilter):
    """The state of the newest turn."""

    title, parameter_name = "last turn", "last_turn"
    conditions = {state.value: (str(state.label), {"last_state": state.value}) for state in TurnState}


class OpenFilter(ChosenFilter):
    """Escalations that wait, that somebody has, and that are over."""

    title, parameter_name = "state", "state"
    conditions = {
        "open": ("Open", {"closed_at": None}),
        "waiting": ("Nobody has it", {"closed_at": None, "agent": None}),
        "closed": ("Closed", {"closed_at__isnull": False}),
    }


class HandledFilter(ChosenFilter):
    """Problem reports that somebody has dealt with, and the others."""

    title, parameter_name = "handled", "handled"
    conditions = {
        "no": ("Not handled", {"handled_at": None}),
        "yes": ("Handled", {"handled_at__isnull": False}),
    }


class TroubleFilter(ChosenFilter):
    """What went wrong with turns."""

    title, parameter_name = "trouble", "trouble"
    conditions = {
        "given_up": ("Given up: its workers died", {"state": TurnState.FAILED, "lost": True}),
        "failed": ("Failed for another reason", {"state": TurnState.FAILED, "lost": False}),
        "repeated": ("Took several attempts", {"attempt__gt": F("parks") + 1}),
        "waiting": ("Waits for a rate tier", {"state": TurnState.QUEUED, "parked_at__isnull": False}),
    }
