"""Prices in the admin's forms and lists, and which models have none."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from routing.models import Model

PRICES = ("input_price", "cached_input_price", "output_price")
PRICE_LABELS = {
    "input_price": "Input, $ / 1M tokens",
    "cached_input_price": "Cached input, $ / 1M",
    "cache_write_price": "Cache write, $ / 1M",
    "output_price": "Output, $ / 1M tokens",
}


class PricedMixin:
    """Says what a price is a price of."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Prices say their unit; six decimals of zero say nothing."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.name in PRICE_LABELS:
            field.label = PRICE_LABELS[db_field.name]
            field.widget.attrs |= {"step": "any", "min": "0", "inputmode": "decimal"}
            field.prepare_value = _short_price
        return field


def _short_price(value: Any) -> Any:
    return f"{value.normalize():f}" if hasattr(value, "normalize") else value


def unpriced() -> list[Model]:
    """The models in use for which nobody has said what input or output costs."""
    missing = Q(input_price=None) | Q(output_price=None)
    found = Model.objects.filter(missing, enabled=True, provider__enabled=True)
    return list(found.select_related("provider"))
