"""Rate tiers in the admin, with how each stands at this moment."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from redis.exceptions import RedisError
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display
from unfold.views import ChangeList

from routing.admin import traffic
from routing.admin.tier_form import LIMITS, RateTierForm
from routing.admission.bell import ring_now
from routing.admission.standing import standing_now
from routing.admission.tiers import forget, tier_of
from routing.admission.types import Standing
from routing.models import RateTier

NO_LIMITS = "This tier limits nothing: its turns wait only when the provider refuses one (429)."


class LiveChangeList(ChangeList):
    """The rows of the page with their standing, asked for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        """`row.standing` is None while Redis does not answer."""
        super().get_results(request)
        rows = list(self.result_list)
        self.result_list: list[Any] = rows
        for row, standing in zip(rows, standings(rows), strict=True):
            row.standing = standing


def standings(rows: Sequence[RateTier]) -> Sequence[Standing | None]:
    """How the tiers stand; None for each while Redis is away."""
    try:
        return standing_now([tier_of(row) for row in rows])
    except (RedisError, OSError):
        return [None] * len(rows)


@admin.register(RateTier)
class RateTierAdmin(ModelAdmin):
    """What providers allow. A change is in force within seconds, also for those who wait."""

    form = RateTierForm
    list_display = ("tier", "waiting", "running", "use", "trouble")
    list_select_related = ("provider", "model")
    list_filter = (("provider", RelatedDropdownFilter),)
    search_fields = ("provider__name", "model__name")
    autocomplete_fields = ("provider", "model")
    list_before_template = "admin/routing/ratetier/list_before.html"
    change_form_template = "admin/routing/ratetier/change_form.html"
    fieldsets = (
        (None, {"fields": ("provider", "model")}),
        ("Limits a minute, as the provider's page for your account says", {"fields": LIMITS[:-1]}),
        ("At once", {"fields": ("concurrency", "burst_seconds", "reserve")}),
        ("Those who wait", {"fields": ("fall_over_seconds", "late_seconds")}),
    )

    class Media:
        css = {"all": ("routing/traffic.css",)}

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """See LiveChangeList."""
        return LiveChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[RateTier]:
        """With what its name is made of."""
        rows: QuerySet[RateTier] = super().get_queryset(request)
        return rows.select_related("provider", "model")

    @display(description="Tier", ordering="provider__name")
    def tier(self, row: RateTier) -> str:
        """The model and its provider."""
        return str(row)

    @display(description="Waiting")
    def waiting(self, row: Any) -> str:
        """How many stand in its line."""
        return f"{row.standing.waiting:,}" if row.standing else "unknown"

    @display(description="Running")
    def running(self, row: Any) -> str:
        """How many answers are under way, of how many."""
        if not row.standing:
            return "unknown"
        running = f"{row.standing.running:,}"
        return running if row.concurrency is None else f"{running} of {row.concurrency:,}"

    @display(description="Used in the last minute")
    def use(self, row: Any) -> SafeString | str:
        """A bar for each limit."""
        if not row.standing:
            return "unknown: Redis does not answer"
        uses = traffic.limited(row.standing)
        if not uses:
            return "no limits" if row.concurrency is None else "only so many at once"
        lines = [(use["percent"], use["label"], f"{use['used']:,}", f"{use['limit']:,}") for use in uses]
        bar = '<div class="parley-use"><progress max="100" value="{}"></progress><span>{}: {} of {}</span></div>'
        return format_html_join("", bar, lines)

    @display(description="Trouble")
    def trouble(self, row: Any) -> SafeString | str:
        """What slows it down besides its limits."""
        return format_html("{}", ", ".join(traffic.troubles(row.standing))) if row.standing else ""

    def save_model(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """The line is looked at again at once."""
        super().save_model(request, row, form, change)
        if form.without_limits:
            messages.warning(request, f"{NO_LIMITS} Set the provider's limits to avoid that.")
        transaction.on_commit(lambda: _changed(row))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With its standing, live."""
        row = kwargs.get("obj")
        if row is not None:
            context |= {"live_key": tier_of(row).key, "no_limits": all(getattr(row, name) is None for name in LIMITS)}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """With the live page and what it polls."""
        view = self.admin_site.admin_view
        return [
            path("traffic/", view(traffic.page), name="routing_ratetier_traffic"),
            path("traffic/data/", view(traffic.data), name="routing_ratetier_traffic_data"),
            *super().get_urls(),
        ]


def _changed(row: RateTier) -> None:
    forget()
    try:
        ring_now(tier_of(row).key)
    except (RedisError, OSError):
        return  # seen all the same within seconds of its return
