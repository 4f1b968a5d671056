"""What an answer costs. Prices are dollars for a million tokens."""

from decimal import Decimal
from typing import NamedTuple

MILLION = Decimal(1_000_000)


class Prices(NamedTuple):
    """A model's prices; None: nobody has said. Without `cached_input` or `cache_write`, those cost as other input."""

    input: Decimal | None = None
    cached_input: Decimal | None = None
    output: Decimal | None = None
    cache_write: Decimal | None = None

    @property
    def known(self) -> bool:
        """Whether a cost can be told."""
        return self.input is not None and self.output is not None

    @property
    def free(self) -> bool:
        """Whether it is known to cost nothing."""
        return self.known and not any((self.input, self.cached_input, self.output, self.cache_write))

    def cost(
        self, input_tokens: int, cached_input_tokens: int, output_tokens: int, cache_write_tokens: int = 0
    ) -> Decimal | None:
        """Dollars for one answer; None where a price was left out. See `price`."""
        return price(self, input_tokens, cached_input_tokens, output_tokens, cache_write_tokens)


def price(
    prices: Prices,
    input_tokens: int,
    cached_input_tokens: int,
    output_tokens: int,
    cache_write_tokens: int = 0,
) -> Decimal | None:
    """Dollars, or None where the price of input or output was left out.

    `input_tokens` is all input: what was read from the vendor's cache and what was written to it are parts of it, and
    no part of each other (routing.providers.Usage).
    """
    if prices.input is None or prices.output is None:
        return None
    cached = prices.input if prices.cached_input is None else prices.cached_input
    written = prices.input if prices.cache_write is None else prices.cache_write
    fresh = max(input_tokens - cached_input_tokens - cache_write_tokens, 0)
    sums = fresh * prices.input + cached_input_tokens * cached + cache_write_tokens * written
    return (sums + output_tokens * prices.output) / MILLION
