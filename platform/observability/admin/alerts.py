"""Alert rules in the admin: each in words, how it stands, and when it would have fired."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from observability.admin import alerts_trying
from observability.admin.alerts_form import AlertRuleForm, catalogue
from observability.alerts import trying, words
from observability.models import AlertRule
from observability.models.alerts import Measure


@admin.register(AlertRule)
class AlertRuleAdmin(ModelAdmin):
    """When people are told. A change is in force within seconds; alerts that are open end with it."""

    form = AlertRuleForm
    list_display = ("name", "does", "severity", "now", "told", "enabled")
    list_editable = ("enabled",)
    list_filter = ("enabled", ("severity", ChoicesDropdownFilter))
    search_fields = ("name", "figure", "note")
    save_as = True
    warn_unsaved_form = True
    change_form_template = "admin/observability/alertrule/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "enabled", "severity")}),
        ("What is watched", {"fields": ("figure", "measure", "labels", "among", "by")}),
        (
            "When it fires",
            {"fields": ("direction", "threshold_text", "window_minutes", "hold_minutes", "resolve_minutes", "least")},
        ),
        ("Only for", {"fields": ("site_ids", "model_ids", "rule_ids", "audience_ids"), "classes": ("collapse",)}),
        ("Who is told", {"fields": ("channels", "note")}),
    )

    class Media:
        css = {"all": ("observability/alerts/alerts.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        """With how each stands."""
        rules: QuerySet[AlertRule] = super().get_queryset(request)
        is_open = Q(incidents__resolved_at=None, incidents__isnull=False)
        return rules.prefetch_related("channels").annotate(
            open=Count("incidents", filter=is_open), last=Max("incidents__opened_at")
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those who may only look read words."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": self.get_readonly_fields(request, obj)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """See `get_fieldsets`."""
        if obj is None or self.has_change_permission(request, obj):
            return ()
        return ("name", "enabled", "severity", "does", "told", "note")

    @display(description="What it does")
    def does(self, row: AlertRule) -> str:
        """In a sentence."""
        return words.sentence(row)

    @display(description="Now", label={"fires": "danger", "quiet": "success", "off": "default"})
    def now(self, row: Any) -> tuple[str, str]:
        """A word for the colour, and the words for the reader."""
        last = f", last {timesince(row.last)} ago" if row.last else ""
        if row.open:
            return "fires", f"Fires ({row.open})" if row.by else "Fires"
        return ("quiet", f"Quiet{last}") if row.enabled else ("off", "Off")

    @display(description="Who is told")
    def told(self, row: AlertRule) -> str:
        """The channels by name."""
        return ", ".join(channel.name for channel in row.channels.all()) or "Nobody: the banner alone"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new rule begins as most are."""
        return {"measure": Measure.P95, "least": 20, **super().get_changeform_initial_data(request)}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With the rule in words, and what the page's script needs."""
        row: AlertRule | None = kwargs.get("obj")
        context |= {
            "sentence": words.sentence(row) if row else "",
            "alert_catalogue": catalogue(),
            "try_days": trying.DAYS,
            "try_default": alerts_trying.DEFAULT_DAYS,
            "may_edit": self.has_change_permission(request, row) if row else self.has_add_permission(request),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, row: AlertRule, form: Any, change: bool) -> None:
        """The list's form edits only what it shows."""
        if "threshold" in getattr(form, "cleaned_data", {}):
            row.threshold = form.cleaned_data["threshold"]
        super().save_model(request, row, form, change)

    def get_urls(self) -> list[URLPattern]:
        """With trying what is not saved yet, and with its sentence."""
        wrap = self.admin_site.admin_view
        return [
            path("try/", wrap(alerts_trying.view), name="observability_alertrule_try"),
            path("words/", wrap(alerts_trying.sentence), name="observability_alertrule_words"),
            *super().get_urls(),
        ]
