"""Providers in the admin: address, key, and what the provider last said."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from routing.admin.models import ModelInline
from routing.checking import check
from routing.forms import ProviderForm, key_state
from routing.models import Provider


@admin.register(Provider)
class ProviderAdmin(ModelAdmin):
    """Where answers come from: address, key, and what the provider last said."""

    form = ProviderForm
    list_display = ("name", "vendor", "state", "trouble", "key", "address_in_force", "model_count")
    ordering = ("name",)
    search_fields = ("name", "base_url")
    inlines = (ModelInline,)
    actions = ("check_selected",)
    change_form_template = "admin/routing/provider/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "vendor", "enabled")}),
        ("Connection", {"fields": ("new_key", "clear_key", "base_url")}),
        ("Background work", {"fields": ("batch_items", "batch_seconds")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        """With the number of models in use."""
        providers: QuerySet[Provider] = super().get_queryset(request)
        return providers.annotate(in_use=Count("models", filter=Q(models__enabled=True)))

    @display(description="Models", ordering="in_use")
    def model_count(self, provider: Any) -> int:
        """How many models are enabled."""
        return int(provider.in_use)

    @display(
        description="Status",
        label={"ready": "success", "off": "default", "no key": "warning", "error": "danger"},
    )
    def state(self, provider: Provider) -> tuple[str, str]:
        """A word for the colour, and the words for the reader."""
        return provider_state(provider)

    @display(description="Last error")
    def trouble(self, provider: Provider) -> str:
        """What the provider last said when it refused us, cut to fit a row."""
        return provider.last_error if len(provider.last_error) <= 90 else f"{provider.last_error[:89]}…"

    @display(description="Key")
    def key(self, provider: Provider) -> str:
        """Where the key comes from."""
        return key_state(provider)

    @display(description="Address")
    def address_in_force(self, provider: Provider) -> str:
        """The base URL, wherever it was set."""
        return provider.address or "the vendor's own"

    def get_urls(self) -> list[URLPattern]:
        """With the address of the "Check" button."""
        url = path(
            "<int:provider_id>/check/",
            self.admin_site.admin_view(self.check_one),
            name="routing_provider_check",
        )
        return [url, *super().get_urls()]

    @method_decorator(require_POST)
    def check_one(self, request: HttpRequest, provider_id: int) -> HttpResponse:
        """Ask the provider with its saved settings, and say on its page how that went."""
        provider = get_object_or_404(Provider, pk=provider_id)
        if not self.has_change_permission(request, provider):
            raise PermissionDenied
        tell(request, provider)
        return HttpResponseRedirect(reverse("admin:routing_provider_change", args=[provider.pk]))

    @admin.action(description="Check key and address", permissions=["change"])
    def check_selected(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        """Ask each of the selected providers."""
        for provider in providers.prefetch_related("models"):
            tell(request, provider)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With what the provider last said."""
        if provider := kwargs.get("obj"):
            state, words = provider_state(provider)
            context |= {"provider_state": state, "provider_words": words, "provider": provider}
        return super().render_change_form(request, context, *args, **kwargs)


def tell(request: HttpRequest, provider: Provider) -> None:
    """Check the provider and show the finding on the next page."""
    finding = check(provider)
    messages.add_message(request, messages.SUCCESS if finding.works else messages.ERROR, finding.text)


def provider_state(provider: Provider) -> tuple[str, str]:
    """(a word for the colour, the words for the reader)."""
    if not provider.enabled:
        return "off", "Switched off"
    if not provider.ready:
        return "no key", "No key"
    if provider.last_error and provider.last_error_at:
        minutes = (timezone.now() - provider.last_error_at).total_seconds() // 60
        return "error", f"Error {timesince(provider.last_error_at)} ago" if minutes else "Error just now"
    return "ready", "Ready"
