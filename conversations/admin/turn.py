"""Turns: what waits, runs and failed, and why. The list in which a question that kills its worker is found, and those
behind a spike in a dashboard.
"""

from typing import Any

from django.contrib import admin
from django.db.models import DurationField, ExpressionWrapper, F, OrderBy, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display

from conversations.admin import chips, turn_filters
from conversations.admin.belonging import GoesWithConversationMixin
from conversations.admin.facts import cost_words
from conversations.admin.filters import TroubleFilter
from conversations.admin.looks import STATE_LABELS, ago, between, transcript_link, transcript_url
from conversations.models import Turn
from parley.lists import BoundedPaginator, GrowingChangeList, GrowingListMixin

UNREAD = ("plan", "passages", "route", "cache", "recalled")  # long, and not shown in a list


class TurnChangeList(GrowingChangeList):
    """Says above what it is narrowed down to."""

    @property
    def narrowed(self) -> list[tuple[str, str]]:
        """Words, and the address without it."""
        return chips.shown(self)


@admin.register(Turn)
class TurnAdmin(GoesWithConversationMixin, GrowingListMixin, ModelAdmin):
    """Read only; a question opens the transcript where it was asked."""

    list_display = (
        "question",
        "state_label",
        "trouble",
        "tries",
        "accepted",
        "took",
        "model_used",
        "cost_of_it",
        "site",
    )
    list_display_links = None
    list_select_related = ("conversation__site", "message")
    list_filter = (
        turn_filters.OrderFilter,
        turn_filters.EndedFilter,
        turn_filters.StateFilter,
        TroubleFilter,
        turn_filters.SiteFilter,
        turn_filters.ModelFilter,
        turn_filters.RuleFilter,
        turn_filters.AudienceFilter,
    )
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    list_before_template = "admin/conversations/turn/narrowed.html"
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER  # they would count the whole table for each choice

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Contacts ask in the widget."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Workers carry them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        """With the attempts that count: those that ended in a tier's line are no failures."""
        turns: QuerySet[Turn] = super().get_queryset(request)
        took = ExpressionWrapper(F("finished_at") - F("accepted_at"), output_field=DurationField())
        counted = F("attempt") - F("parks")
        return turns.defer(*UNREAD).annotate(counted=counted, lost=Q(error="attempts"), took_for=took)

    def get_ordering(self, request: HttpRequest) -> tuple[str | OrderBy, ...]:
        """As a dashboard's link asks."""
        return turn_filters.ordering(request)

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[TurnChangeList]:
        """See TurnChangeList."""
        return TurnChangeList

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """To the transcript."""
        found = self.get_object(request, object_id)
        listed = reverse("admin:conversations_turn_changelist")
        return HttpResponseRedirect(transcript_url(found.conversation_id) if found else listed)

    @display(description="Question")
    def question(self, turn: Turn) -> SafeString:
        """In the contact's words, cut to fit a row: a link to it in the transcript."""
        text = turn.message.text if len(turn.message.text) <= 60 else f"{turn.message.text[:59]}…"
        return transcript_link(turn.conversation, f"#message-{turn.message_id}", text)

    @display(description="State", label=STATE_LABELS)
    def state_label(self, turn: Turn) -> str:
        """One of TurnState, by name."""
        return str(turn.get_state_display())

    @display(description="What happened")
    def trouble(self, turn: Turn) -> str:
        """Of its last attempt that went wrong, cut to fit a row."""
        told = turn.error_detail or turn.error
        return told if len(told) <= 120 else f"{told[:119]}…"

    @display(description="Attempts")
    def tries(self, turn: Any) -> int:
        """Without those that ended in a line."""
        return int(turn.counted)

    @display(description="Asked")
    def accepted(self, turn: Turn) -> SafeString | str:
        """How long ago."""
        return ago(turn.accepted_at)

    @display(description="Took")
    def took(self, turn: Turn) -> str:
        """From the question to the end of the answer."""
        return between(turn.accepted_at, turn.finished_at)

    @display(description="Model")
    def model_used(self, turn: Turn) -> str:
        """By the name that it had then."""
        return turn.model_name

    @display(description="Cost")
    def cost_of_it(self, turn: Turn) -> str:
        """In dollars."""
        return cost_words(turn.cost)

    @display(description="Site")
    def site(self, turn: Turn) -> str:
        """Where it was asked."""
        return str(turn.conversation.site)
