"""Labels in the admin: their list, and the addresses of labelling."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from parley.lists import GrowingListMixin
from routing.admin.classifier import asking
from routing.models import RoutingLabel

VALUES = {RoutingLabel.Value.SIMPLE: "success", RoutingLabel.Value.COMPLEX: "warning"}


@admin.register(RoutingLabel)
class RoutingLabelAdmin(GrowingListMixin, ModelAdmin):
    """What people, and visitors' behaviour, say of messages. One that somebody writes here is a person's."""

    list_display = ("shown", "said", "source", "site", "created_by", "created_at")
    list_select_related = ("site", "created_by")
    list_filter = (
        ("value", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("site", RelatedDropdownFilter),
    )
    list_filter_submit = True
    search_fields = ("text",)
    fields = ("text", "value", "site")
    list_before_template = "admin/routing/routinglabel/list_before.html"

    class Media:
        css = {"all": ("routing/classifier/classifier.css",)}

    @display(description="Message", ordering="text")
    def shown(self, label: RoutingLabel) -> str:
        """Cut to fit a row."""
        return label.text if len(label.text) <= 100 else f"{label.text[:99]}…"

    @display(description="Needs", label=VALUES, ordering="value")
    def said(self, label: RoutingLabel) -> tuple[str, str]:
        """Simple or complex."""
        return label.value, label.get_value_display()

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Neither value is chosen beforehand."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "site" and field is not None:
            field.help_text = "Only to find it again: one classifier decides for all sites."
        return field

    def save_model(self, request: HttpRequest, label: Any, form: Any, change: bool) -> None:
        """Who writes a label is the one who says so."""
        if not change:
            label.created_by = request.user
        super().save_model(request, label, form, change)

    def get_urls(self) -> list[URLPattern]:
        """With the screen for labelling, and the click of a transcript."""
        view, name = self.admin_site.admin_view, "routing_routinglabel"
        return [
            path("next/", view(asking.ask), name=f"{name}_next"),
            path("say/", view(asking.say), name=f"{name}_say"),
            *super().get_urls(),
        ]
