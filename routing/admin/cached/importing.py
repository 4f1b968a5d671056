"""Import of a spreadsheet in two steps: what was read and what is wrong, then writing the good rows."""

import json
import secrets
from typing import Any

import django_rq
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from redis.exceptions import RedisError

from routing.cached import jobs
from routing.cached.importing import Fault, Parsed, parse, restored, write
from routing.cached.sheet import COLUMNS, HELP, MOST_BYTES, MOST_ROWS, SheetError, template

KEPT_SECONDS = 3600
SHOWN = 200
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetForm(forms.Form):
    """The file."""

    file = forms.FileField(label="Spreadsheet, .xlsx or .csv")

    def clean_file(self) -> Parsed:
        """What it holds."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 2**20} MB: split it.")
        try:
            return parse(file.name or "", file.read())
        except SheetError as error:
            raise forms.ValidationError(str(error)) from error


def template_file(admin: Any, request: HttpRequest) -> HttpResponse:
    """The file to fill in."""
    _require(admin, request)
    shown = {"Content-Disposition": 'attachment; filename="answers.xlsx"'}
    return HttpResponse(template(), content_type=SHEET, headers=shown)


def page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Ask for the file, show what it holds, or write it."""
    _require(admin, request)
    if request.method != "POST":
        return _shown(admin, request, SheetForm())
    if token := request.POST.get("token", ""):
        return _write(admin, request, token)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(admin, request, form)
    parsed: Parsed = form.cleaned_data["file"]
    try:
        return _shown(admin, request, SheetForm(), parsed, _keep(request, parsed))
    except (RedisError, OSError):
        form.add_error("file", "The file was read but cannot be kept, as Redis is away: try again in a moment.")
        return _shown(admin, request, form)


def _require(admin: Any, request: HttpRequest) -> None:
    if not admin.has_add_permission(request):
        raise PermissionDenied


def _shown(
    admin: Any, request: HttpRequest, form: SheetForm, parsed: Parsed | None = None, token: str = "", **more: Any
) -> HttpResponse:
    context = {
        **admin.admin_site.each_context(request),
        "title": "Import answers",
        "opts": admin.opts,
        "media": admin.media,
        "form": form,
        "parsed": parsed,
        "shown": parsed.good[:SHOWN] if parsed else (),
        "faults": parsed.faults[:SHOWN] if parsed else (),
        "token": token,
        "columns": list(zip(COLUMNS, HELP, strict=True)),
        "most_rows": MOST_ROWS,
        "may_approve": admin.has_change_permission(request),
        **more,
    }
    return TemplateResponse(request, "admin/routing/cachedanswer/sheet.html", context)


def _write(admin: Any, request: HttpRequest, token: str) -> HttpResponse:
    approved = request.POST.get("as") == "approved"
    if approved and not admin.has_change_permission(request):
        raise PermissionDenied
    try:
        parsed = _take(request, token)
    except (RedisError, OSError):
        messages.error(request, "Nothing was written, as Redis is away: press the button again in a moment.")
        return _shown(admin, request, SheetForm(), None, token, waiting=True)
    if parsed is None:
        messages.error(request, "What was read is gone: it is kept for an hour, and written once. Choose it again.")
        return HttpResponseRedirect(reverse("admin:routing_cachedanswer_sheet"))
    written, refused = write(parsed.good, request.user, approved=approved)
    _tell(request, written, refused, approved=approved)
    return HttpResponseRedirect(reverse("admin:routing_cachedanswer_changelist"))


def _tell(request: HttpRequest, written: int, refused: list[Fault], *, approved: bool) -> None:
    state = "approved" if approved else "drafts"
    messages.success(request, f"{written:,} answer{'' if written == 1 else 's'} written as {state}.")
    for fault in refused[:20]:
        messages.error(request, f"Row {fault.row} was not written: {fault.text}")
    try:
        jobs.ask(jobs.embed)
    except jobs.Unreachable:
        messages.warning(request, "Their questions are found by the very words only until Redis is back.")


def _keep(request: HttpRequest, parsed: Parsed) -> str:
    token = secrets.token_urlsafe(16)
    django_rq.get_connection(jobs.QUEUE).set(_key(request, token), json.dumps(parsed.stored()), ex=KEPT_SECONDS)
    return token


def _take(request: HttpRequest, token: str) -> Parsed | None:
    """Once: a second click writes nothing."""
    kept = django_rq.get_connection(jobs.QUEUE).getdel(_key(request, token))
    return restored(json.loads(kept)) if kept else None


def _key(request: HttpRequest, token: str) -> str:
    return f"parley:cached:sheet:{request.user.pk}:{token[:40]}"
