"""Turns: what waits, runs and failed, and why. The list in which a question that kills its worker is found."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from conversations.admin.belonging import GoesWithConversationMixin
from conversations.admin.filters import TroubleFilter
from conversations.admin.looks import STATE_LABELS, ago, between, transcript_link, transcript_url
from conversations.models import Turn
from parley.lists import GrowingListMixin


@admin.register(Turn)
class TurnAdmin(GoesWithConversationMixin, GrowingListMixin, ModelAdmin):
    """Read only; a row opens its conversation's transcript."""

    list_display = ("question", "state_label", "trouble", "tries", "accepted", "took", "where", "site")
    list_display_links = None
    list_select_related = ("conversation__site", "message")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        TroubleFilter,
        ("conversation__site", RelatedDropdownFilter),
        ("accepted_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    ordering = ("-id",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Contacts ask in the widget."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Workers carry them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        """With the attempts that count: those that ended in a tier's line are no failures."""
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.defer("plan", "passages").annotate(counted=F("attempt") - F("parks"), lost=Q(error="attempts"))

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """To the transcript."""
        found = self.get_object(request, object_id)
        listed = reverse("admin:conversations_turn_changelist")
        return HttpResponseRedirect(transcript_url(found.conversation_id) if found else listed)

    @display(description="Question")
    def question(self, turn: Turn) -> str:
        """In the contact's words, cut to fit a row."""
        return turn.message.text if len(turn.message.text) <= 60 else f"{turn.message.text[:59]}…"

    @display(description="State", label=STATE_LABELS)
    def state_label(self, turn: Turn) -> str:
        """One of TurnState, by name."""
        return str(turn.get_state_display())

    @display(description="What happened")
    def trouble(self, turn: Turn) -> str:
        """Of its last attempt that went wrong, cut to fit a row."""
        told = turn.error_detail or turn.error
        return told if len(told) <= 120 else f"{told[:119]}…"

    @display(description="Attempts", ordering="counted")
    def tries(self, turn: Any) -> int:
        """Without those that ended in a line."""
        return int(turn.counted)

    @display(description="Asked", ordering="accepted_at")
    def accepted(self, turn: Turn) -> SafeString | str:
        """How long ago."""
        return ago(turn.accepted_at)

    @display(description="Took")
    def took(self, turn: Turn) -> str:
        """From the question to the end of the answer."""
        return between(turn.accepted_at, turn.finished_at)

    @display(description="Conversation")
    def where(self, turn: Turn) -> SafeString:
        """A link to the transcript."""
        return transcript_link(turn.conversation)

    @display(description="Site")
    def site(self, turn: Turn) -> str:
        """Where it was asked."""
        return str(turn.conversation.site)
