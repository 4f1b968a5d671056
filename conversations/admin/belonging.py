"""Rows that belong to a conversation: they go with it, and not without it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


class GoesWithConversationMixin:
    """For a ModelAdmin. Who may delete conversations may delete these as a part of them: Django asks for each."""

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """See the class."""
        return bool(request.user.has_perm("conversations.delete_conversation"))

    def delete_view(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Raises PermissionDenied."""
        raise PermissionDenied

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """All but deleting."""
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        actions.pop("delete_selected", None)
        return actions
