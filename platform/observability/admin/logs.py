"""Logs in the admin: searching them, and reading one conversation's."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from observability import names
from observability.admin.logs_looks import Shown, excerpt, timeline
from observability.logs import reading, searching
from observability.logs.erasing import erase
from observability.logs.kinds import KINDS, TITLES
from observability.logs.searching import Found, TooSlow, Wanted
from observability.models import LoggedConversation, LogRecord

VIEW = "observability.view_logrecord"
DELETE = "observability.delete_loggedconversation"
FORMAT = "%Y-%m-%dT%H:%M"


class SearchForm(forms.Form):
    """What is looked for."""

    q = forms.CharField(label="Text", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"}))
    start = forms.DateTimeField(label="From, UTC", required=False, input_formats=[FORMAT, "%Y-%m-%d", "%Y-%m-%d %H:%M"])
    end = forms.DateTimeField(label="Until", required=False, input_formats=[FORMAT, "%Y-%m-%d", "%Y-%m-%d %H:%M"])
    reason = forms.ChoiceField(label="Kept for", required=False)
    kind = forms.ChoiceField(label="Record", required=False)
    site = forms.TypedChoiceField(label="Site", required=False, coerce=int, empty_value=None)
    audience = forms.TypedChoiceField(label="Audience", required=False, coerce=int, empty_value=None)
    rule = forms.TypedChoiceField(label="Routing rule", required=False, coerce=int, empty_value=None)
    conversation = forms.CharField(label="Conversation or turn", required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {
            "reason": [(each.value, title) for each, title in TITLES.items()],
            "kind": [(each.value, title) for each, title in KINDS.items()],
            "site": names.names("site").items(),
            "audience": names.names("audience").items(),
            "rule": names.names("rule").items(),
        }
        for name, of_it in choices.items():
            self.fields[name].choices = [("", "all"), *of_it]  # type: ignore[attr-defined]
        for name in ("start", "end"):
            self.fields[name].widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT)

    def clean(self) -> dict[str, Any]:
        """The end comes after the beginning."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = found.get("start"), found.get("end")
        if start and end and end <= start:
            self.add_error("end", "This is not after the beginning.")
        if start and start > timezone.now():
            self.add_error("start", "This is in the future: nothing was logged then.")
        return found

    def clean_conversation(self) -> "UUID | int | None":
        """An id of a conversation, or the number of a turn."""
        given = self.cleaned_data["conversation"].strip().lstrip("#")
        if not given:
            return None
        if given.isdigit() and len(given) < 19:
            return int(given)
        try:
            return UUID(given)
        except ValueError:
            raise forms.ValidationError("Write a conversation's id, or the number of a turn.") from None


@admin.register(LogRecord)
class LogRecordAdmin(ModelAdmin):
    """Its list is the search page."""

    class Media:
        css = {"all": ("observability/logs/logs.css",)}

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """They are recorded."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """And stay as they are."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """With one conversation's page; records have none of their own."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="observability_logrecord_changelist"),
            path("<uuid:conversation>/", wrap(self.conversation), name="observability_logrecord_conversation"),
            path("<uuid:conversation>/erase/", wrap(self.erase), name="observability_logrecord_erase"),
        ]

    def changelist_view(self, request: HttpRequest, _extra_context: Any = None) -> HttpResponse:
        """The search form and what it finds."""
        self._may_read(request)
        form = SearchForm(request.GET or None)
        asked = form.cleaned_data if form.is_valid() else {}
        if isinstance(asked.get("conversation"), UUID):
            return HttpResponseRedirect(_address(asked["conversation"]))
        context = self._context(request, "Logs") | {"form": form, "asked": bool(request.GET)}
        if not request.GET or form.is_valid():
            context |= _found(_wanted(asked), _place(request), request)
        return TemplateResponse(request, "admin/observability/logs/search.html", context)

    def conversation(self, request: HttpRequest, conversation: UUID) -> HttpResponse:
        """All that is kept of one, as a timeline."""
        self._may_read(request)
        row = get_object_or_404(LoggedConversation, pk=conversation)
        page = max(1, _whole(request.GET.get("page")) or 1)
        records = reading.records(conversation, page)
        context = self._context(request, "Log of a conversation") | {
            "row": row,
            "about": _about(row),
            "turns": timeline(records, row.first_at),
            "page": page,
            "more": page * reading.PAGE < row.records,
            "transcript": transcript(request, conversation),
            "may_erase": request.user.has_perm(DELETE),
        }
        return TemplateResponse(request, "admin/observability/logs/conversation.html", context)

    def erase(self, request: HttpRequest, conversation: UUID) -> HttpResponse:
        """Delete the log of one."""
        if request.method != "POST" or not request.user.has_perm(DELETE):
            raise PermissionDenied
        erase([conversation])
        messages.success(request, "The log of this conversation was deleted.")
        return HttpResponseRedirect(reverse("admin:observability_logrecord_changelist"))

    def _may_read(self, request: HttpRequest) -> None:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "media": self.media}


def transcript(request: HttpRequest, conversation: UUID) -> str:
    """Where staff read the conversation itself; empty for those who may not."""
    if not request.user.has_perm("conversations.view_conversation"):
        return ""
    try:
        return reverse("admin:conversations_conversation_change", args=[conversation])
    except NoReverseMatch:
        return ""


def _wanted(asked: dict[str, Any]) -> Wanted:
    turn = asked.get("conversation")
    return Wanted(
        start=_utc(asked.get("start")),
        end=_utc(asked.get("end")),
        turn=turn if isinstance(turn, int) else None,
        text=asked.get("q") or "",
        site=asked.get("site"),
        audience=asked.get("audience"),
        rule=asked.get("rule"),
        reason=asked.get("reason") or "",
        kind=asked.get("kind") or "",
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


def _found(wanted: Wanted, before: "searching.Place | None", request: HttpRequest) -> dict[str, Any]:
    try:
        find = searching.find_records if wanted.of_records else searching.find_conversations
        found: Found = find(wanted, before)
    except TooSlow:
        return {"too_slow": True}
    reasons = searching.reasons_of([row.conversation for row in found.records])
    return {
        "found": found,
        "conversations": [(row, _address(row.pk), _about(row)) for row in found.conversations],
        "records": [_result(row, wanted, reasons.get(row.conversation, [])) for row in found.records],
        "further": _further(request, found.before) if found.before else "",
    }


def _result(row: LogRecord, wanted: Wanted, reasons: list[str]) -> dict[str, Any]:
    return {
        "row": row,
        "title": KINDS.get(row.kind, row.kind),  # type: ignore[call-overload]
        "address": f"{_address(row.conversation)}#r{row.number}",
        "site": names.name("site", row.site),
        "reasons": [TITLES.get(each, each) for each in reasons],  # type: ignore[call-overload]
        "excerpt": excerpt(row.data, wanted.text),
    }


def _about(row: LoggedConversation) -> Shown:
    return Shown(
        reasons=[TITLES.get(each, each) for each in row.reasons],  # type: ignore[call-overload]
        site=names.name("site", row.site),
        audience=names.name("audience", row.audience),
        rules=[names.name("rule", each) for each in row.rules],
        seconds=(row.last_at - row.first_at).total_seconds(),
    )


def _address(conversation: UUID) -> str:
    return reverse("admin:observability_logrecord_conversation", args=[conversation])


def _place(request: HttpRequest) -> "searching.Place | None":
    """Where an earlier page ended; what cannot be read is the beginning."""
    at, _, number = request.GET.get("before", "").partition("_")
    try:
        return datetime.fromtimestamp(int(at) / 1e6, UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return None


def _further(request: HttpRequest, place: "searching.Place") -> str:
    query = request.GET.copy()
    query["before"] = f"{round(place[0].timestamp() * 1e6)}_{place[1]}"
    return f"?{query.urlencode()}"


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 10 else None
