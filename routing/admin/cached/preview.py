"""An answer's Markdown as the visitor reads it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from parley.markdown import render

LONGEST = 20_000


def rendered(text: str) -> SafeString:
    """Clean HTML; pictures are links, as in the widget."""
    return mark_safe(render(text[:LONGEST]))  # noqa: S308 - cleaned


def preview_box(text: str) -> SafeString:
    """The same in a box that follows what is typed (static/routing/cached/preview.js)."""
    return format_html('<div class="parley-bubble cached-preview" aria-live="polite">{}</div>', rendered(text))


def preview_view(admin: Any, request: HttpRequest) -> HttpResponse:
    """HTML of what is posted as `text`."""
    if request.method != "POST" or not admin.has_view_or_change_permission(request):
        raise PermissionDenied
    return HttpResponse(rendered(request.POST.get("text", "")))
