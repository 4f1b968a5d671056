"""The dashboards' place in the admin: pages instead of a list of rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from observability.dashboards import PERMISSION, views
from observability.models.dashboards import Dashboards
from parley.lists import ReadOnlyMixin


@admin.register(Dashboards)
class DashboardsAdmin(ReadOnlyMixin, ModelAdmin):
    """Nothing to add, change or delete."""

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Analysts, without any permission to see settings."""
        return bool(request.user.has_perm(PERMISSION))

    def get_urls(self) -> list[URLPattern]:
        """The first board, a board, its numbers, and a chart's as a file."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="observability_dashboards_changelist"),
            path("<slug:slug>/", view(views.page), name="observability_dashboards_board"),
            path("<slug:slug>/data/", view(views.data), name="observability_dashboards_data"),
            path("<slug:slug>/<slug:chart>.csv", view(views.download), name="observability_dashboards_csv"),
        ]

    def changelist_view(self, request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the first board."""
        return views.first(request)
