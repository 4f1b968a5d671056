"""Admin pages about what is remembered: each is made inside a staff scope, for without one the tables look empty.

The scope ends with the view, so that a response that would be rendered later is rendered inside.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, URLResolver

from memory.scope import staff_scope
from people.models import Contact

View = Callable[..., HttpResponse]
VIEW, CHANGE_MEMORY, DELETE = "memory.view_usermemory", "memory.change_usermemory", "memory.delete_usermemory"


def in_staff_scope(view: View) -> View:
    """The view, with every query of it and of its template seeing all contacts' rows. Permissions are the view's."""

    @wraps(view)
    def inside(*args: Any, **kwargs: Any) -> HttpResponse:
        with staff_scope():
            response = view(*args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return response

    return inside


class StaffScopeMixin:
    """For a ModelAdmin of a table that row-level security hides: all its views run in a staff scope."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """As they were, each inside."""
        addresses: list[URLPattern | URLResolver] = super().get_urls()  # type: ignore[misc]
        for address in addresses:
            if isinstance(address, URLPattern):
                address.callback = in_staff_scope(address.callback)
        return addresses


def need(request: HttpRequest, *permissions: str) -> None:
    """Raise PermissionDenied unless the person has them all."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def contact_or_404(contact_id: Any) -> Contact:
    """The contact, with its site."""
    return get_object_or_404(Contact.objects.select_related("site"), pk=contact_id)


def log(request: HttpRequest, contact: Contact, message: str) -> None:
    """Keep in the contact's history what was done. Never the text of a memory: it must be possible to erase that."""
    LogEntry.objects.log_actions(
        user_id=request.user.pk or 0,  # admin_view lets nobody in without
        queryset=[contact],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )
