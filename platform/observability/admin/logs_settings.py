"""How long logs are held and kept, and what is redacted in them; with a page to try it."""

import time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldBooleanSwitchWidget

from observability.logs import current
from observability.models import LogSettings, RedactionPattern
from observability.redaction import MASKED_KEYS, TITLES, Sort, key_name, numbered, redacted_text
from parley.patterns import PatternError, compiled

LONGEST = 20_000  # characters that can be tried
NOBODY = UUID(int=0)


def _switch(sort: Sort) -> forms.BooleanField:
    return forms.BooleanField(label=TITLES[sort], required=False, widget=UnfoldBooleanSwitchWidget())


class LogSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A switch for each sort of data; the row keeps those that are off."""

    email = _switch(Sort.EMAIL)
    phone = _switch(Sort.PHONE)
    card = _switch(Sort.CARD)
    bank = _switch(Sort.BANK)
    key = _switch(Sort.KEY)
    password = _switch(Sort.PASSWORD)
    identity = _switch(Sort.IDENTITY)
    address = _switch(Sort.ADDRESS)

    class Meta:
        model = LogSettings
        fields = (
            "hold_minutes", "held_megabytes", "sampled_days", "troubled_days", "kept_megabytes", "most_records",
            "masked_keys",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for sort in Sort:
            self.initial.setdefault(sort.name.lower(), sort.value not in self.instance.shown)
        if "masked_keys" in self.fields:
            self.fields["masked_keys"].help_text = (
                f"Names of fields in the data, one on each line: their values are never logged. Always masked are: "
                f"{', '.join(sorted(MASKED_KEYS))}."
            )

    def clean_masked_keys(self) -> str:
        """As they are compared."""
        return "\n".join(dict.fromkeys(key_name(each) for each in self.cleaned_data["masked_keys"].split() if each))

    def save(self, commit: bool = True) -> Any:
        """With the sorts that are switched off."""
        self.instance.shown = [each.value for each in Sort if not self.cleaned_data.get(each.name.lower())]
        return super().save(commit)


@admin.register(LogSettings)
class LogSettingsAdmin(ModelAdmin):
    """One row; in force within two seconds."""

    form = LogSettingsForm
    change_form_template = "admin/observability/logs/settings.html"
    warn_unsaved_form = True
    fieldsets = (
        ("Held until it is decided", {"fields": ("hold_minutes", "held_megabytes", "most_records")}),
        ("Kept", {"fields": ("sampled_days", "troubled_days", "kept_megabytes")}),
        ("Redacted before anything is held", {"fields": (*(each.name.lower() for each in Sort), "masked_keys")}),
    )

    class Media:
        css = {"all": ("observability/logs/logs.css",)}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees what is not redacted, as it is kept."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [*self.fieldsets[:2], ("Redaction", {"fields": ("shown", "masked_keys")})]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """And it stays."""
        return False

    def changelist_view(self, request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Straight to the row, made where there is none yet."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        row, _ = LogSettings.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:observability_logsettings_change", args=[row.pk]))

    def get_urls(self) -> list[URLPattern]:
        """With the page to try redaction."""
        wrap = self.admin_site.admin_view
        return [path("try/", wrap(self.try_it), name="observability_logsettings_try"), *super().get_urls()]

    def try_it(self, request: HttpRequest) -> HttpResponse:
        """What is masked in a text, and by which rule. Nothing of it is stored."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        text = request.POST.get("text", "")[:LONGEST]
        context = {
            **self.admin_site.each_context(request),
            "title": "Try redaction",
            "media": self.media,
            "text": text,
            "limit": LONGEST,
            "may_change": self.has_change_permission(request),
        }
        if text:
            context |= _tried(text)
        return TemplateResponse(request, "admin/observability/logs/try.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """This process need not wait to see it."""
        super().save_model(request, obj, form, change)
        current.forget()


class PatternForm(forms.ModelForm):  # type: ignore[type-arg]
    """A pattern that RE2 takes, and a name that can stand in a text."""

    class Meta:
        model = RedactionPattern
        fields = ("name", "pattern", "case_sensitive", "enabled")

    def clean_name(self) -> str:
        """The marks of what is redacted are [name 1]."""
        name: str = self.cleaned_data["name"].strip()
        if any(sign in name for sign in "[]~\n"):
            raise ValidationError("Brackets and ~ mark what was redacted: use other signs.")
        if name in set(Sort):
            raise ValidationError("This name is taken by what is found without a pattern.")
        return name

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError with where the pattern breaks and how to mend it."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if pattern := found.get("pattern"):
            try:
                compiled(pattern, case_sensitive=bool(found.get("case_sensitive")))
            except PatternError as error:
                self.add_error("pattern", str(error))
        return found


@admin.register(RedactionPattern)
class RedactionPatternAdmin(ModelAdmin):
    """In force within two seconds."""

    form = PatternForm
    list_display = ("name", "pattern", "case_sensitive", "enabled")
    nothing_yet = "None of your own yet. What Log settings name is redacted without any pattern here."
    warn_unsaved_form = True

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """This process need not wait to see it."""
        super().save_model(request, obj, form, change)
        current.forget()


def _tried(text: str) -> dict[str, Any]:
    """The parts of the text with what they are, as it would be logged, and how long it took."""
    rules = current.current().rules
    began = time.perf_counter()
    found = rules.scanner.findings(text)
    took = 1000 * (time.perf_counter() - began)
    end, parts = 0, list[tuple[str, str]]()
    for finding in found:
        parts += [(text[end : finding.start], ""), (text[finding.start : finding.end], finding.words)]
        end = finding.end
    result = numbered(redacted_text(text, rules, NOBODY), {})
    rules.scanner.forget(text)
    return {"parts": [*parts, (text[end:], "")], "found": found, "took": took, "result": result}
