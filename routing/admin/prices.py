"""Prices in the admin's forms and lists."""

from typing import Any

from django.http import HttpRequest

PRICES = ("input_price", "cached_input_price", "output_price")
PRICE_LABELS = {
    "input_price": "Input, $ / 1M tokens",
    "cached_input_price": "Cached input, $ / 1M",
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
