"""The rows that a new installation starts with: two providers and their usual models, with list prices."""

from decimal import Decimal

from routing.models import Model, Provider
from routing.providers import Vendor

# name, size, context window; dollars for a million tokens: input, cached input, cache write, output (price lists, late
# 2025)
MODELS: dict[tuple[Vendor, str], list[tuple[str, str, int, str, str, str | None, str]]] = {
    (Vendor.ANTHROPIC, "Anthropic"): [
        ("claude-haiku-4-5", "small", 200_000, "1.00", "0.10", "1.25", "5.00"),
        ("claude-sonnet-4-5", "large", 200_000, "3.00", "0.30", "3.75", "15.00"),
    ],
    (Vendor.OPENAI, "OpenAI"): [
        ("gpt-4o-mini", "small", 128_000, "0.15", "0.075", None, "0.60"),
        ("gpt-4o", "large", 128_000, "2.50", "1.25", None, "10.00"),
    ],
}


def load_providers() -> None:
    """Make the rows that are missing, in an installation that has none yet; nothing that exists is changed."""
    if Provider.objects.exists():
        return
    order = 20
    for (vendor, name), models in MODELS.items():
        provider = Provider.objects.create(name=name, vendor=vendor)
        for model, size, window, fresh, cached, written, output in models:
            Model.objects.create(
                provider=provider,
                name=model,
                size=size,
                order=order,
                context_window=window,
                input_price=Decimal(fresh),
                cached_input_price=Decimal(cached),
                cache_write_price=Decimal(written) if written else None,
                output_price=Decimal(output),
            )
            order += 10
