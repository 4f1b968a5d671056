"""Which models are ready. Rows are read again every two seconds, not for each turn."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from parley.threads import in_database_thread
from routing.models import Model, SiteModel
from routing.pricing import Prices
from routing.providers import ProviderConfig

FRESH_SECONDS = 2.0


@dataclass(frozen=True)
class RoutedModel:
    """A model that may take the turn, as plain values. `audiences` empty: everybody may use it."""

    id: int
    name: str
    provider_id: int
    config: ProviderConfig
    context_window: int
    max_output_tokens: int
    temperature: float | None
    prices: Prices
    failing: bool  # its last call that was noted failed
    first_token_seconds: float = 12.0  # until the next model takes over, where there is one
    size: str = ""
    audiences: frozenset[int] = frozenset()

    @property
    def free(self) -> bool:
        """Whether it is known to cost nothing: what has no price is not."""
        return self.prices.free

    @property
    def cost_unknown(self) -> Decimal | None:
        """Of an answer whose tokens were not reported: nothing where it is free, else None."""
        return Decimal(0) if self.free else None

    def cost(
        self, input_tokens: int, cached_input_tokens: int, output_tokens: int, cache_write_tokens: int = 0
    ) -> Decimal | None:
        """Dollars for one answer; None where a price was left out."""
        return self.prices.cost(input_tokens, cached_input_tokens, output_tokens, cache_write_tokens)


@dataclass(frozen=True)
class Ready:
    """The models that can be asked, in the administrator's order, and which one answers for a site."""

    models: tuple[RoutedModel, ...]
    of_site: Mapping[int, int]

    def chosen(self, site_id: int) -> int | None:
        """The id of the model that somebody chose for the site: in the admin, else by PARLEY_DEFAULT_MODEL."""
        named = (model.id for model in self.models if model.name == settings.DEFAULT_MODEL)
        return self.of_site.get(site_id) or next(named, None)


class _Kept:
    def __init__(self) -> None:
        self.until = 0.0
        self.found = Ready((), {})
        self.reading: asyncio.Future[Ready] | None = None


_kept = _Kept()


async def ready() -> Ready:
    """At most two seconds old. Many who ask at once wait for one reading. Raises OperationalError, PoolTimeout."""
    if time.monotonic() < _kept.until:
        return _kept.found
    reading = _kept.reading
    if reading is None or reading.get_loop() is not asyncio.get_running_loop() or reading.done():
        reading = _kept.reading = asyncio.ensure_future(_read())
    return await asyncio.shield(reading)


async def _read() -> Ready:
    _kept.found = await in_database_thread(ready_now)
    _kept.until = time.monotonic() + FRESH_SECONDS
    return _kept.found


def recently_ready() -> Ready:
    """The same for code without a loop."""
    if time.monotonic() >= _kept.until:
        _kept.found, _kept.until = ready_now(), time.monotonic() + FRESH_SECONDS
    return _kept.found


def ready_now() -> Ready:
    """Read from the database; for code without a loop."""
    found = Model.objects.filter(enabled=True, provider__enabled=True)
    rows = [model for model in found.select_related("provider").prefetch_related("audiences") if model.provider.ready]
    return Ready(tuple(map(_routed, rows)), dict(SiteModel.objects.values_list("site_id", "model_id")))


def forget() -> None:
    """Read again when asked next: tests, and whoever changed something and wants to see it at once."""
    _kept.until = 0.0


def mark(model_name: str) -> str:
    """How a provider's last error names the model that met it."""
    return f"{model_name}: "


def _routed(model: Model) -> RoutedModel:
    return RoutedModel(
        id=model.pk,
        name=model.name,
        provider_id=model.provider_id,
        config=model.provider.config(),
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        temperature=model.temperature,
        prices=model.prices,
        failing=model.provider.last_error.startswith(mark(model.name)),
        first_token_seconds=model.first_token_seconds or settings.FALL_OVER_SECONDS,
        size=model.size,
        audiences=frozenset(audience.pk for audience in model.audiences.all()),
    )
