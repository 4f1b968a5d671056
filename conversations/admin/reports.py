"""Problem reports: what contacts said is wrong, until somebody marks it handled."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from conversations.admin.filters import HandledFilter
from conversations.admin.looks import ago, transcript_link, transcript_url
from conversations.models import ProblemReport
from parley.lists import GrowingListMixin


@admin.register(ProblemReport)
class ProblemReportAdmin(GrowingListMixin, ModelAdmin):
    """A row opens the transcript at the message that it is about."""

    list_display = ("words", "where", "contact", "site", "sent", "handled")
    list_display_links = None
    list_select_related = ("conversation__site", "conversation__contact")
    list_filter = (HandledFilter, ("conversation__site", RelatedDropdownFilter))
    list_filter_submit = True
    list_fullwidth = True
    search_fields = (
        "text",
        "conversation__title",
        "conversation__contact__name",
        "conversation__contact__email",
    )
    actions = ("mark_handled", "mark_open")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Sent from the widget."""
        return False

    def get_ordering(self, _request: HttpRequest) -> Any:
        """Those that nobody has handled first, the newest on top."""
        return (F("handled_at").desc(nulls_first=True), "-created_at")

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """To the transcript."""
        report = self.get_object(request, object_id)
        listed = reverse("admin:conversations_problemreport_changelist")
        return HttpResponseRedirect(transcript_url(report.conversation_id) + _anchor(report) if report else listed)

    @display(description="Problem")
    def words(self, report: ProblemReport) -> str:
        """In the contact's words, cut to fit a row; the transcript shows all."""
        return report.text if len(report.text) <= 120 else f"{report.text[:119]}…"

    @display(description="Conversation")
    def where(self, report: ProblemReport) -> SafeString:
        """A link to the message."""
        return transcript_link(report.conversation, _anchor(report))

    @display(description="Contact")
    def contact(self, report: ProblemReport) -> str:
        """Who sent it."""
        return str(report.conversation.contact)

    @display(description="Site")
    def site(self, report: ProblemReport) -> str:
        """Where."""
        return str(report.conversation.site)

    @display(description="Sent", ordering="created_at")
    def sent(self, report: ProblemReport) -> SafeString | str:
        """How long ago."""
        return ago(report.created_at)

    @display(description="Handled", label={"open": "warning"})
    def handled(self, report: ProblemReport) -> SafeString | str:
        """When, or that it is open."""
        return ago(report.handled_at) if report.handled_at else "open"

    @admin.action(description="Mark handled", permissions=["change"])
    def mark_handled(self, request: HttpRequest, reports: QuerySet[ProblemReport]) -> None:
        """Those that were open get the present time."""
        count = reports.filter(handled_at=None).update(handled_at=timezone.now())
        messages.success(request, f"Marked handled: {count}.")

    @admin.action(description="Mark open again", permissions=["change"])
    def mark_open(self, request: HttpRequest, reports: QuerySet[ProblemReport]) -> None:
        """As if nobody had handled them."""
        count = reports.exclude(handled_at=None).update(handled_at=None)
        messages.success(request, f"Open again: {count}.")


def _anchor(report: ProblemReport) -> str:
    return f"#message-{report.message_id}" if report.message_id else ""
