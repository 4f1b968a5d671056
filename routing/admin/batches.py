"""Background work in the admin: its requests, and the batches in which they went to a vendor. To watch, and to mend."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from parley.lists import GrowingListMixin
from routing.batches import mending
from routing.models import Batch, BatchItem

LABELS = {"Waiting": "info", "Sent": "info", "Done": "success", "Failed": "danger", "Not taken": "danger"}
BATCH_LABELS = {
    "Sending": "info",
    "At the vendor": "info",
    "Ended": "success",
    "Refused": "danger",
    "Not found": "warning",
}


class WatchedAdmin(GrowingListMixin, ModelAdmin):
    """Rows that nobody writes by hand. What may be done about them is an action."""

    list_filter_submit = True
    list_fullwidth = True

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Made by the platform."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Forgotten by itself after 30 days."""
        return False

    def get_readonly_fields(self, _request: HttpRequest, _obj: Any = None) -> tuple[str, ...]:
        """All of them."""
        return tuple(name for _, options in self.fieldsets for name in options["fields"])


@admin.register(Batch)
class BatchAdmin(WatchedAdmin):
    """Batches at the vendors, the newest first."""

    list_display = ("sent", "model", "provider", "status", "vendor_state", "size", "done", "again", "took", "trouble")
    list_select_related = ("model__provider", "provider")
    list_filter = (("state", ChoicesDropdownFilter), ("provider", RelatedDropdownFilter))
    search_fields = ("vendor_id", "error")
    actions = ("cancel",)
    fieldsets = (
        (None, {"fields": ("provider", "model", "state", "vendor_state", "vendor_id", "error", "requests")}),
        ("Requests", {"fields": ("size", "done", "again")}),
        ("Times", {"fields": ("created_at", "polls", "poll_at", "wanted_by", "cancel_asked_at", "ended_at")}),
    )

    @display(description="Sent", ordering="id")
    def sent(self, batch: Batch) -> str:
        """How long ago."""
        return ago(batch.created_at)

    @display(description="Status", label=BATCH_LABELS, ordering="state")
    def status(self, batch: Batch) -> str:
        """As we know it."""
        return str(batch.get_state_display())

    @display(description="Took")
    def took(self, batch: Batch) -> str:
        """From sending to the last result."""
        return timesince(batch.created_at, batch.ended_at) if batch.ended_at else ""

    @display(description="Trouble")
    def trouble(self, batch: Batch) -> str:
        """What went wrong, cut to fit a row."""
        return short(batch.error)

    @display(description="Its requests")
    def requests(self, batch: Batch) -> SafeString:
        """A link to those that were answered in it, or still are in it."""
        listed = f"{reverse('admin:routing_batchitem_changelist')}?batch__id__exact={batch.pk}"
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">Show</a>', listed)

    @admin.action(description="Cancel: ask the rest without a batch", permissions=["change"])
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        """Have the vendor end the selected ones early."""
        tell(request, mending.cancel(batches), "Cancelled within seconds: {}.", "None of them is at a vendor any more.")


@admin.register(BatchItem)
class BatchItemAdmin(WatchedAdmin):
    """Background requests, the newest first. What was asked is not shown: it may be a visitor's words."""

    list_display = (
        "purpose", "key", "status", "way", "model", "waits", "attempts", "tokens", "price", "trouble",
    )  # fmt: skip
    list_select_related = ("model__provider",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("way", ChoicesDropdownFilter),
        ("model", RelatedDropdownFilter),
        "purpose",
        ("delivered_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("purpose", "key", "error", "delivery_error")
    actions = ("ask_again", "deliver_again")
    fieldsets = (
        (None, {"fields": ("purpose", "key", "model", "state", "way", "batch", "error")}),
        ("Tries", {"fields": ("attempts", "failures", "created_at", "wanted_by", "not_before", "finished_at")}),
        ("Answer", {"fields": ("finish_reason", "input_tokens", "cached_input_tokens", "output_tokens", "cost")}),
        ("Delivery", {"fields": ("deliveries", "delivered_at", "deliver_at", "delivery_error")}),
    )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A batch's page links to its requests."""
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description="Status", label=LABELS, ordering="state")
    def status(self, item: BatchItem) -> str:
        """Where it is; its result may be there and nothing have taken it."""
        given_up = item.finished_at and not item.delivered_at and not item.deliver_at
        return "Not taken" if given_up else str(item.get_state_display())

    @display(description="Waits", ordering="id")
    def waits(self, item: BatchItem) -> str:
        """Since when, or how long it took."""
        return timesince(item.created_at, item.finished_at or timezone.now())

    @display(description="Tokens in / out")
    def tokens(self, item: BatchItem) -> str:
        """Of its last answer."""
        return "" if item.input_tokens is None else f"{item.input_tokens:,} / {item.output_tokens or 0:,}"

    @display(description="Cost", ordering="cost")
    def price(self, item: BatchItem) -> str:
        """Of all tries, in dollars."""
        return f"${item.cost:.6f}".rstrip("0").rstrip(".") if item.cost else ""

    @display(description="Trouble")
    def trouble(self, item: BatchItem) -> str:
        """What went wrong last, with it or with its delivery."""
        return short(item.delivery_error or item.error)

    @admin.action(description="Ask again those that failed", permissions=["change"])
    def ask_again(self, request: HttpRequest, items: QuerySet[BatchItem]) -> None:
        """Give them all their tries once more."""
        tell(request, mending.ask_again(items), "Asked again: {}.", "None of them has failed, or its model is gone.")

    @admin.action(description="Deliver again results that nothing took", permissions=["change"])
    def deliver_again(self, request: HttpRequest, items: QuerySet[BatchItem]) -> None:
        """Give them all their deliveries once more."""
        tell(request, mending.deliver_again(items), "Delivered again: {}.", "None of them has a result to deliver.")


def tell(request: HttpRequest, count: int, done: str, none: str) -> None:
    """Say how many there were."""
    if count:
        messages.success(request, done.format(f"{count:,}"))
    else:
        messages.warning(request, none)


def ago(moment: datetime) -> str:
    """How long ago, in words."""
    return f"{timesince(moment)} ago"


def short(text: str) -> str:
    """A text cut to fit a row."""
    return text if len(text) <= 90 else f"{text[:89]}…"
