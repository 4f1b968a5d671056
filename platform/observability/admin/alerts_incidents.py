"""What fired: the history, one alert's page, and the banner of those that are not over."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from observability.alerts import links, words
from observability.alerts.banner import banner_context
from observability.alerts.chart import chart
from observability.alerts.condition import Condition, Point
from observability.models import AlertIncident
from observability.models.alerts import Direction
from parley.lists import ReadOnlyMixin


class OpenFilter(admin.SimpleListFilter):
    """Whether it is over."""

    title, parameter_name = "state", "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """What is offered."""
        return [("open", "Open"), ("over", "Over")]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Only those."""
        return queryset if self.value() is None else queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(AlertIncident)
class AlertIncidentAdmin(ReadOnlyMixin, ModelAdmin):
    """The history. Nothing in it is edited; it says what was so, whatever became of the rule."""

    list_display = ("alert", "state", "opened_at", "lasted", "worst_value", "bound")
    list_filter = (OpenFilter, ("severity", ChoicesDropdownFilter), ("opened_at", RangeDateTimeFilter))
    list_filter_submit = True
    search_fields = ("name", "group_name", "reason")
    list_select_related = ("rule",)
    list_per_page = 50
    ordering = ("-opened_at",)
    nothing_yet = "No rule has fired yet. What fires appears here by itself, and stays when it is over."
    change_form_template = "admin/observability/alertincident/change_form.html"
    fields = ("reason", "standing", "began_at", "opened_at", "resolved_at", "lasted", "worst_value", "note")
    readonly_fields = fields

    class Media:
        css = {"all": ("observability/alerts/alerts.css",)}

    @display(description="Alert", ordering="name")
    def alert(self, row: AlertIncident) -> str:
        """The rule as it was called, and what it was about."""
        return str(row)

    @display(
        description="State",
        ordering="resolved_at",
        label={"open": "danger", "recovered": "success", "silent": "warning", "changed": "default"},
    )
    def state(self, row: AlertIncident) -> tuple[str, str]:
        """A word for the colour, and the words for the reader."""
        return ("open", "Open") if row.is_open else (row.ending, row.get_ending_display())

    @display(description="State")
    def standing(self, row: AlertIncident) -> str:
        """The same in words alone."""
        return str(self.state(row)[1])

    @display(description="Lasted")
    def lasted(self, row: AlertIncident) -> str:
        """From firing to its end, or until now."""
        return timesince(row.opened_at, row.resolved_at) if row.resolved_at else f"{timesince(row.opened_at)} so far"

    @display(description="Worst", ordering="worst")
    def worst_value(self, row: AlertIncident) -> str:
        """In its unit."""
        return words.value(row, row.worst)

    @display(description="Fires")
    def bound(self, row: AlertIncident) -> str:
        """The threshold then."""
        return words.bound(row)

    @display(description="What to do")
    def note(self, row: AlertIncident) -> str:
        """The rule's note, as it is now."""
        return row.rule.note if row.rule else ""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With the values that led to it, the dashboard, and who was told."""
        row: AlertIncident = kwargs["obj"]
        context |= {
            "incident": row,
            "title": str(row),
            "subtitle": None,
            "dashboard": links.dashboard(row) if request.user.has_perm("observability.view_dashboards") else "",
            "may_see_rule": request.user.has_perm("observability.view_alertrule"),
            "chart": chart_of(row),
            "values": [
                (_time(at), words.value(row, value), count) for at, value, count in row.points if value is not None
            ],
            "threshold": words.value(row, row.threshold),
            "deliveries": row.deliveries.select_related("channel").order_by("created_at"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """With what keeps the banner of an open page up to date; it sends nobody to the login page."""
        return [path("banner/", banner, name="observability_alertincident_banner"), *super().get_urls()]


def chart_of(row: AlertIncident) -> Any:
    """The values that led to it."""
    if not row.points:
        return None
    points = [Point(int(at), value, count) for at, value, count in row.points]
    condition = Condition(Direction(row.direction), row.threshold, 0, 0, 1)
    began, end = int(row.began_at.timestamp()), points[-1].at
    return chart(points, condition, [(began, end)], points[0].at, end)


def _time(seconds: int) -> SafeString:
    from observability.alerts.opening import moment

    return format_html("{}", f"{moment(int(seconds)):%-d %b %Y, %H:%M}")


@never_cache
@require_GET
def banner(request: HttpRequest) -> HttpResponse:
    """The banner's inside, for a page that asks again; empty for those who may not see alerts."""
    return render(request, "admin/observability/banner.html", banner_context(request))


def badge(_request: HttpRequest) -> int:
    """How many are open, beside the menu's entry."""
    return AlertIncident.objects.filter(resolved_at=None).count()
