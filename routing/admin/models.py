"""Models in the admin: with their prices, beneath their provider and in a list of their own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter

from routing.admin.prices import PRICES, PricedMixin, unpriced
from routing.forms import ModelForm
from routing.models import Model


class ModelInline(PricedMixin, TabularInline):
    """The models of a provider, beneath it."""

    model = Model
    form = ModelForm
    fields = ("name", "enabled", "order", "size", *PRICES)
    extra = 0
    show_change_link = True


@admin.register(Model)
class ModelAdminPage(PricedMixin, ModelAdmin):
    """Models with their prices, editable in the list."""

    form = ModelForm
    list_display = ("name", "provider", "enabled", "order", "size", *PRICES)
    list_editable = ("enabled", "order", "size", *PRICES)
    list_before_template = "admin/routing/model/prices.html"
    list_select_related = ("provider",)
    list_filter = (("provider", RelatedDropdownFilter), "enabled")
    list_filter_submit = True
    search_fields = ("name", "provider__name")
    autocomplete_fields = ("provider", "audiences")
    fieldsets = (
        (None, {"fields": ("provider", "name", "enabled", "order", "size", "audiences")}),
        ("Limits", {"fields": ("context_window", "max_output_tokens", "temperature", "first_token_seconds")}),
        ("Prices in dollars for a million tokens", {"fields": (*PRICES, "cache_write_price", "batch_price_share")}),
    )

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The list refuses the same values as the page."""
        return super().get_changelist_form(request, form=ModelForm, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Above the list stands which models have no price."""
        return super().changelist_view(request, {**(extra_context or {}), "unpriced": unpriced()})
