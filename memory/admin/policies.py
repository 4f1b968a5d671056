"""What is remembered and for how long, by site; above the list, sizes and rates of what is."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import display

from memory.admin import figures
from memory.admin.scoping import StaffScopeMixin
from memory.models import MemoryPolicy
from memory.remember.policies import default_policy, forget_policies
from memory.switching import progress

LABELS = {
    "anonymous": "Anonymous contacts",
    "use_model": "Use a model",
    "idle_seconds": "Seconds of silence",
    "most_memories": "Memories, at most",
    "most_tokens": "Tokens, at most",
    "keep_facts_days": "Facts",
    "keep_preferences_days": "Preferences",
    "keep_events_days": "Events",
    "keep_plans_days": "Plans",
    "keep_messages_days": "Copies of messages",
}


@admin.register(MemoryPolicy)
class MemoryPolicyAdmin(StaffScopeMixin, ModelAdmin):
    """In force within two seconds."""

    list_display = ("what", "enabled", "anonymous", "use_model", "most_memories", "most_tokens", "idle")
    list_before_template = "admin/memory/memorypolicy/list_before.html"
    autocomplete_fields = ("site",)
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("site", "enabled", "anonymous")}),
        ("Reading conversations", {"fields": ("use_model", "idle_seconds")}),
        ("In a prompt", {"fields": ("most_memories", "most_tokens")}),
        (
            "Kept so many days after it was said",
            {
                "fields": (
                    "keep_facts_days", "keep_preferences_days", "keep_events_days", "keep_plans_days",
                    "keep_messages_days",
                )
            },
        ),
    )  # fmt: skip

    class Media:
        css = {"all": ("memory/memories.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[MemoryPolicy]:
        """With the site that it is named after."""
        rows: QuerySet[MemoryPolicy] = super().get_queryset(request)
        return rows.select_related("site")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Named after what they say below their heading."""
        if label := LABELS.get(db_field.name):
            kwargs["label"] = label
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With sizes and rates, and what holds where there is no policy."""
        general = MemoryPolicy.objects.filter(site=None).exists()
        context = {
            "sizes": figures.sizes(),
            "days": figures.days(),
            "default": None if general else default_policy(),
            "embedders": progress.rows(figures.MOST_VECTORS),
            "most_vectors": figures.MOST_VECTORS,
        }
        response: HttpResponse = super().changelist_view(request, {**context, **(extra_context or {})})
        return response

    def save_model(self, request: HttpRequest, obj: MemoryPolicy, form: "ModelForm[Any]", change: bool) -> None:
        """This process need not wait to see it."""
        super().save_model(request, obj, form, change)
        forget_policies()

    def delete_model(self, request: HttpRequest, obj: MemoryPolicy) -> None:
        """The same."""
        super().delete_model(request, obj)
        forget_policies()

    @display(description="Policy", ordering="site__name")
    def what(self, row: MemoryPolicy) -> str:
        """Whose it is."""
        return str(row.site or "All other sites")

    @display(description="Reads after", ordering="idle_seconds")
    def idle(self, row: MemoryPolicy) -> str:
        """Seconds of silence."""
        return f"{row.idle_seconds:,} s"
