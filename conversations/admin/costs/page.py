"""What was spent: the costs page, its CSV file, and the savings report beside it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from conversations.admin.costs import figures
from conversations.admin.costs.ranges import PERIODS, Range, chosen
from conversations.admin.costs.saved import savings_page
from conversations.admin.costs.sheet import sheet
from parley.lists import ReadOnlyMixin
from people.models import Site
from routing.admin.budgets import bars
from routing.admin.money import dollars
from routing.admin.prices import unpriced
from routing.models import Spend


@admin.register(Spend)
class SpendAdmin(ReadOnlyMixin, ModelAdmin):
    """Sums are not edited: in place of a list there is the page."""

    def get_urls(self) -> list[URLPattern]:
        """With the savings report. Single rows have no page."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="routing_spend_changelist"),
            path("csv/", view(self.download), name="routing_spend_csv"),
            path("savings/", view(self.savings), name="routing_spend_savings"),
        ]

    def changelist_view(self, request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The costs of a range."""
        self._allow(request)
        form, range_, site = chosen(request.GET)
        context = {
            **self.admin_site.each_context(request),
            **_shown(range_, site),
            "title": "Costs",
            "is_fullwidth": True,
            "form": form,
            "periods": PERIODS,
            "period": "month",
            "range": range_,
            "site": site,
            "budget_bars": bars(),
            "unpriced": unpriced(),
            "query": request.GET.urlencode(),
        }
        return TemplateResponse(request, "admin/routing/costs/costs.html", context)

    def download(self, request: HttpRequest) -> StreamingHttpResponse:
        """The same range as a CSV file."""
        self._allow(request)
        _, range_, site = chosen(request.GET)
        return sheet(figures.spent(range_, site), range_)

    def savings(self, request: HttpRequest) -> HttpResponse:
        """See `saved`."""
        self._allow(request)
        return savings_page(request, self.admin_site.each_context(request))

    def _allow(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _shown(range_: Range, site: Site | None) -> dict[str, Any]:
    rows = figures.spent(range_, site)
    whole, turns, talks = figures.total(rows), figures.turns_only(rows), figures.conversations(range_, site)
    per_talk = dollars(turns.cost / talks) if talks else "too many to count" if talks is None else ""
    sums = [
        ("Spent", whole.money),
        ("Turns that ended", f"{turns.turns:,}"),
        ("Conversations", "" if talks is None else f"{talks:,}"),
        ("A turn", turns.per_turn),
        ("A conversation", per_talk),
        ("Not priced", f"{whole.unpriced:,}" if whole.unpriced else ""),
    ]
    columns = figures.columns(rows, range_)
    return {
        "sums": [(name, value) for name, value in sums if value],
        "whole": whole,
        "columns": columns,
        "column_lines": [column.line for column in columns],
        "tables": figures.tables(rows, whole),
        "counted_until": figures.counted_until(),
    }
