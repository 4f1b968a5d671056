"""The list of conversations; each opens as a transcript (see `desk` for what can be done there)."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from conversations.admin import desk
from conversations.admin.filters import EscalatedFilter, LastTurnFilter, SolvedFilter
from conversations.admin.looks import STATE_LABELS, ago
from conversations.admin.waterfall_page import steps
from conversations.models import Conversation, Escalation, Message, Turn, TurnState
from parley.lists import GrowingListMixin

SOLVED = {True: "Solved", False: "Not solved", None: ""}


@admin.register(Conversation)
class ConversationAdmin(GrowingListMixin, ModelAdmin):
    """Read only: what was said stays said."""

    list_display = (
        "title_or_id",
        "site",
        "contact",
        "last_message",
        "handler_label",
        "solved_label",
        "escalated",
        "message_count",
        "last_turn",
    )
    list_display_links = ("title_or_id",)
    list_select_related = ("site", "contact")
    list_filter = (
        ("site", RelatedDropdownFilter),
        ("handler", ChoicesDropdownFilter),
        SolvedFilter,
        EscalatedFilter,
        LastTurnFilter,
        ("last_message_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    search_fields = ("title", "contact__name", "contact__email")
    search_help_text = "Words of a message, or the contact's name or address"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Conversations begin in the widget."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """See the class."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """With what the list shows of messages, turns and escalations: subqueries for the rows of one page."""
        own = {"conversation": OuterRef("pk")}
        counted = Message.objects.filter(**own).order_by().values("conversation").annotate(n=Count("pk")).values("n")
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return conversations.annotate(
            spoken=Coalesce(Subquery(counted), 0),
            open_escalation=Exists(Escalation.objects.filter(**own, closed_at=None)),
            last_state=Subquery(Turn.objects.filter(**own).order_by("-pk").values("state")[:1]),
        )

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Those whose messages hold the words as they are written, or that match by contact, title or id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        said = Message.objects.filter(conversation=OuterRef("pk"), text__icontains=term)
        by_people = Q(title__icontains=term) | Q(contact__name__icontains=term) | Q(contact__email__icontains=term)
        return queryset.filter(by_people | Exists(said) | _by_id(term)), False

    @display(description="Conversation", ordering="title")
    def title_or_id(self, conversation: Conversation) -> str:
        """Its beginning, cut to fit a row."""
        title = str(conversation)
        return title if len(title) <= 70 else f"{title[:69]}…"

    @display(description="Last message", ordering="last_message_at")
    def last_message(self, conversation: Conversation) -> SafeString | str:
        """How long ago."""
        return ago(conversation.last_message_at)

    @display(description="Answers", ordering="handler", label={"Bot": "default", "Agent": "info"})
    def handler_label(self, conversation: Conversation) -> str:
        """Bot or agent."""
        return conversation.get_handler_display()

    @display(description="Solved", ordering="solved", label={"Solved": "success", "Not solved": "warning"})
    def solved_label(self, conversation: Conversation) -> str:
        """What the contact said about it."""
        return SOLVED[conversation.solved]

    @display(description="Escalated", label={"waiting": "danger"})
    def escalated(self, conversation: Any) -> str:
        """Whether an escalation is open."""
        return "waiting" if conversation.open_escalation else ""

    @display(description="Messages", ordering="spoken")
    def message_count(self, conversation: Any) -> int:
        """How many."""
        return int(conversation.spoken)

    @display(description="Last turn", label=STATE_LABELS)
    def last_turn(self, conversation: Any) -> str:
        """The state of the newest turn."""
        return str(TurnState(conversation.last_state).label) if conversation.last_state else ""

    def get_urls(self) -> list[URLPattern]:
        """With the transcript's own addresses."""
        wrap = self.admin_site.admin_view
        own = [
            path(f"<uuid:conversation_id>/{name}/", wrap(view), name=f"conversations_conversation_{name}")
            for name, view in (
                ("live", desk.live),
                ("reply", desk.reply),
                ("take", desk.take),
                ("hand_back", desk.hand_back),
            )
        ]
        waterfall = path(
            "<uuid:conversation_id>/steps/<int:turn_id>/", wrap(steps), name="conversations_conversation_steps"
        )
        return [*own, waterfall, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The transcript."""
        conversation = self.get_object(request, object_id)
        if conversation is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        return desk.page(request, conversation, may_delete=self.has_delete_permission(request, conversation))


def _by_id(term: str) -> Q:
    try:
        return Q(pk=UUID(term))
    except ValueError:
        return Q(pk__in=[])
