"""The inbox: escalations that wait come first, the longest waiting on top."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from conversations import care
from conversations.admin.belonging import GoesWithConversationMixin
from conversations.admin.filters import OpenFilter
from conversations.admin.looks import ago, between, transcript_link, transcript_url, waiting
from conversations.errors import Refused
from conversations.models import Escalation
from parley.lists import GrowingListMixin

STATES = {"Waiting": "danger", "Taken": "info", "Closed": "default"}


def badge(_request: HttpRequest) -> int:
    """How many conversations wait for a person and have none yet."""
    return Escalation.objects.filter(closed_at=None, agent=None).count()


@admin.register(Escalation)
class EscalationAdmin(GoesWithConversationMixin, GrowingListMixin, ModelAdmin):
    """A row opens its conversation's transcript, where the agent answers. Closing is "Hand back"."""

    list_display = (
        "where",
        "state",
        "waited",
        "why",
        "contact",
        "site",
        "agent_name",
        "opened",
        "first_reply",
        "claim",
    )
    list_display_links = None
    list_select_related = ("conversation__site", "conversation__contact", "agent")
    list_filter = (OpenFilter, ("conversation__site", RelatedDropdownFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_before_template = "admin/conversations/escalation/live.html"
    search_fields = (
        "reason",
        "conversation__title",
        "conversation__contact__name",
        "conversation__contact__email",
    )
    actions = ("claim_selected", "hand_back_selected")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Opened in the widget, or by "Take over" in a transcript."""
        return False

    def get_ordering(self, _request: HttpRequest) -> Any:
        """Open ones first, the oldest on top; then the newest of the closed ones."""
        return (F("closed_at").desc(nulls_first=True), "created_at")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The inbox is what it is called."""
        context = {"title": "Escalations: who waits for a person", **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """To the transcript."""
        found = self.get_object(request, object_id)
        target = (
            transcript_url(found.conversation_id) if found else reverse("admin:conversations_escalation_changelist")
        )
        return HttpResponseRedirect(target)

    @display(description="Conversation")
    def where(self, escalation: Escalation) -> SafeString:
        """A link to the transcript."""
        return transcript_link(escalation.conversation, "#end")

    @display(description="State", label=STATES)
    def state(self, escalation: Escalation) -> str:
        """Waiting for somebody, taken, or closed."""
        if escalation.closed_at:
            return "Closed"
        return "Taken" if escalation.agent_id else "Waiting"

    @display(description="Waiting", empty_value="")
    def waited(self, escalation: Escalation) -> SafeString | str:
        """How long the contact has waited for a first reply."""
        return "" if escalation.closed_at or escalation.answered_at else waiting(escalation.created_at)

    @display(description="Reason")
    def why(self, escalation: Escalation) -> str:
        """In the contact's words, cut to fit a row."""
        return escalation.reason if len(escalation.reason) <= 60 else f"{escalation.reason[:59]}…"

    @display(description="Contact")
    def contact(self, escalation: Escalation) -> str:
        """Who waits."""
        return str(escalation.conversation.contact)

    @display(description="Site")
    def site(self, escalation: Escalation) -> str:
        """Where."""
        return str(escalation.conversation.site)

    @display(description="Agent")
    def agent_name(self, escalation: Escalation) -> str:
        """Who has it."""
        return (escalation.agent.get_full_name() or escalation.agent.get_username()) if escalation.agent else ""

    @display(description="Opened", ordering="created_at")
    def opened(self, escalation: Escalation) -> SafeString | str:
        """How long ago."""
        return ago(escalation.created_at)

    @display(description="First reply after")
    def first_reply(self, escalation: Escalation) -> str:
        """How long the contact waited for it."""
        return between(escalation.created_at, escalation.answered_at)

    @display(description="")
    def claim(self, escalation: Escalation) -> SafeString | str:
        """A button that claims a waiting one and opens it. It sends the list's form, token included."""
        if escalation.closed_at or escalation.agent_id:
            return ""
        address = reverse("admin:conversations_conversation_take", args=[escalation.conversation_id])
        return format_html('<button class="parley-button" type="submit" formaction="{}">Claim</button>', address)

    @admin.action(description="Claim", permissions=["change"])
    def claim_selected(self, request: HttpRequest, escalations: QuerySet[Escalation]) -> None:
        """Take those that nobody has."""
        _report(request, escalations, lambda row: care.take_escalation(row.pk, _user_id(request)), "claimed")

    @admin.action(description="Hand back to the bot", permissions=["change"])
    def hand_back_selected(self, request: HttpRequest, escalations: QuerySet[Escalation]) -> None:
        """Close those that are open."""
        _report(request, escalations, lambda row: care.close_escalation(row.pk, _user_id(request)), "handed back")


def _report(request: HttpRequest, escalations: QuerySet[Escalation], change: Any, done: str) -> None:
    """Change each open one, and say how many were changed and why others were not."""
    rows, count = list(escalations.filter(closed_at=None)), 0
    for row in rows:
        try:
            count += bool(change(row))
        except Refused as refused:
            messages.error(request, f"{row.conversation}: {refused.message}")
    messages.add_message(request, messages.SUCCESS if count else messages.WARNING, f"{count} {done}.")


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
