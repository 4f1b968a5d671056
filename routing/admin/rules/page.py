"""Routing rules in the admin: the list in its order, the page of one, trying and replaying."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from people.models import AudienceTier, Site
from routing.admin.rules import listing, replaying, trying
from routing.admin.rules.asking import LOOK_BACK
from routing.admin.rules.catalogue import catalogue
from routing.admin.rules.form import RoutingRuleForm
from routing.admin.rules.words import ActionWords, condition_words
from routing.models import RoutingRule


@admin.register(RoutingRule)
class RoutingRuleAdmin(ModelAdmin):
    """Rules, tried from the top. A change is in force within seconds."""

    form = RoutingRuleForm
    list_display = ("rule", "when", "does", "last_week", "enabled")
    list_display_links = ("rule",)
    list_editable = ("enabled",)
    ordering = ("position", "id")
    ordering_field = "position"
    hide_ordering_field = True
    sortable_by = ()
    list_per_page = list_max_show_all = 1000  # the order is of all of them: one page
    list_select_related = ("site",)
    list_fullwidth = True
    list_before_template = "admin/routing/routingrule/list_before.html"
    list_after_template = "admin/routing/routingrule/list_after.html"
    change_form_template = "admin/routing/routingrule/change_form.html"
    save_as = True
    save_as_continue = True
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", "enabled", "site")}),
        ("When", {"fields": ("condition",)}),
        ("Then", {"fields": ("action",)}),
        ("For your colleagues", {"fields": ("note", "changed")}),
    )
    readonly_fields = ("changed",)

    class Media:
        css = {"all": ("routing/rules/rules.css",)}

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """See RuleChangeList."""
        return listing.RuleChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingRule]:
        """With what a rule's page names."""
        rules: QuerySet[RoutingRule] = super().get_queryset(request)
        return rules.select_related("site", "updated_by")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those who may only look read words instead of JSON."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        words = ("name", "enabled", "site", "when", "does", "note", "changed")
        return ((None, {"fields": words}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """See `get_fieldsets`."""
        if obj is None or self.has_change_permission(request, obj):
            return self.readonly_fields
        return ("name", "enabled", "site", "when", "does", "note", "changed")

    @display(description="Rule")
    def rule(self, row: Any) -> SafeString:
        """Its name."""
        return listing.name_cell(row)

    @display(description="When")
    def when(self, row: Any) -> SafeString | str:
        """Its condition in words, with what was found about it in the list."""
        return listing.condition_cell(row) if hasattr(row, "findings") else condition_words(row.condition)

    @display(description="Then")
    def does(self, row: Any) -> SafeString | str:
        """What it does."""
        return listing.action_cell(row) if hasattr(row, "findings") else ActionWords()(row.action)

    @display(description="Last 7 days")
    def last_week(self, row: Any) -> SafeString | str:
        """Turns, cost, time, and how they ended."""
        return listing.week_cell(row)

    @display(description="Last change")
    def changed(self, row: RoutingRule) -> str:
        """When, and by whom."""
        if row._state.adding:  # noqa: SLF001 - Django's documented way to ask
            return "Not saved yet"
        by = f" by {row.updated_by.get_full_name() or row.updated_by.get_username()}" if row.updated_by else ""
        return f"{row.updated_at:%Y-%m-%d %H:%M} UTC{by}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the last line: what happens otherwise."""
        shown: HttpResponse = super().changelist_view(
            request, {"may_order": self.has_change_permission(request), **(extra_context or {})}
        )
        if changes := getattr(shown, "context_data", {}).get("cl"):
            shown.context_data |= listing.otherwise(changes)  # type: ignore[attr-defined]
        return shown

    def save_model(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """Keeps who changed it. A new rule goes last; a copy goes beneath the one that it was copied from."""
        with transaction.atomic():
            if not change:
                row.position = _place(request)
            row.updated_by, row.updated_at = request.user, timezone.now()
            super().save_model(request, row, form, change)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With what the builder offers, and what was wrong with what was sent."""
        form = context["adminform"].form
        context |= {
            "rule_catalogue": {**catalogue(), "errors": getattr(form, "problems", {"condition": {}, "action": {}})},
            "may_look_back": request.user.has_perm(LOOK_BACK),
            "try_sites": Site.objects.order_by("name"),
            "try_audiences": AudienceTier.objects.order_by("id"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """With trying and replaying what is not saved yet."""
        wrap = self.admin_site.admin_view
        return [
            path("try/", wrap(trying.view), name="routing_routingrule_try"),
            path("replay/", wrap(replaying.view), name="routing_routingrule_replay"),
            *super().get_urls(),
        ]


def _place(request: HttpRequest) -> int:
    """The position of a new rule; those behind it make room."""
    rules = RoutingRule.objects.select_for_update()
    match = request.resolver_match
    number = str(match.kwargs.get("object_id")) if match and "_saveasnew" in request.POST else ""
    copied = rules.filter(pk=number).first() if number.isdecimal() else None
    if copied is None:
        return (RoutingRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    RoutingRule.objects.filter(position__gt=copied.position).update(position=F("position") + 1)
    return copied.position + 1
