"""Sampling policies in the admin, with what was kept and saved in the last days above them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from observability import names
from observability.logs.sampling import general_policy
from observability.logs.tallies import standing
from observability.models import SamplingPolicy


class SamplingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Sites, audiences and rules by their names."""

    class Meta:
        model = SamplingPolicy
        fields = ("site", "audience", "rule", "share")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, nothing in (("site", "all sites"), ("audience", "all audiences"), ("rule", "whatever rule decided")):
            field = self.fields.get(kind)
            if field is not None:
                self.fields[kind] = self._choice(kind, nothing, str(field.help_text))

    def _choice(self, kind: Any, nothing: str, help_text: str) -> forms.TypedChoiceField:
        known = dict(names.names(kind))
        if (chosen := getattr(self.instance, kind, None)) is not None:
            known.setdefault(chosen, names.name(kind, chosen))
        return forms.TypedChoiceField(
            label="Routing rule" if kind == "rule" else kind.capitalize(),
            choices=[("", nothing), *known.items()],
            coerce=int,
            empty_value=None,
            required=False,
            help_text=help_text,
            widget=UnfoldAdminSelectWidget(),
        )

    def clean(self) -> dict[str, Any]:
        """The general policy stays general: without it nothing says what holds for the rest."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        was_general = self.instance.pk and not any(self.initial.get(kind) for kind in ("site", "audience", "rule"))
        if was_general and any(found.get(kind) for kind in ("site", "audience", "rule")):
            raise ValidationError("This policy holds where no other does. Add another one for a part.")
        return found


@admin.register(SamplingPolicy)
class SamplingPolicyAdmin(ModelAdmin):
    """In force with the next decision, seconds later."""

    form = SamplingForm
    list_display = ("what", "share_shown")
    list_before_template = "admin/observability/logs/standing.html"
    warn_unsaved_form = True

    class Media:
        css = {"all": ("observability/logs/logs.css",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All but the general one."""
        may: bool = super().has_delete_permission(request, obj)
        return may and (obj is None or _is_part(obj))

    def get_actions(self, _request: HttpRequest) -> dict[str, Any]:
        """None: the general one must not go with others."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With what was kept."""
        general_policy()
        context = {"title": "Log sampling", **_standing()}
        response: HttpResponse = super().changelist_view(request, {**context, **(extra_context or {})})
        return response

    def save_model(self, request: HttpRequest, obj: SamplingPolicy, form: Any, change: bool) -> None:
        """Another share begins anew: what was due by the old one is not made up for."""
        if "share" in form.changed_data:
            obj.credit = 0.0
        super().save_model(request, obj, form, change)

    @display(description="Conversations")
    def what(self, row: SamplingPolicy) -> str:
        """Of what."""
        parts = [names.name(kind, value) for kind in ("site", "audience", "rule") if (value := getattr(row, kind))]
        return ", ".join(parts) or "All others"

    @display(description="Kept in full", ordering="share")
    def share_shown(self, row: SamplingPolicy) -> str:
        """In percent."""
        return f"{row.share.normalize():f} %"


def _standing() -> dict[str, Any]:
    found = standing()
    shares = {"sampled": found.sampled_share, "kept": found.kept_share, "saved": found.saved_share}
    percents = {f"{name}_percent": f"{100 * share:.1f}" for name, share in shares.items() if share is not None}
    return {"standing": found, "kept_size": found.sizes["sampled"] + found.sizes["troubled"], **percents}


def _is_part(row: SamplingPolicy) -> bool:
    return any(value is not None for value in (row.site, row.audience, row.rule))
