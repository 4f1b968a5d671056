"""Route: which models answer a site's turns, best first. Rows are read again every two seconds, not for each turn."""

import logging
import time
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from parley.threads import in_database_thread
from routing.models import Model, Provider, SiteModel, price
from routing.providers import ProviderConfig, ProviderError

log = logging.getLogger(__name__)
FRESH_SECONDS = 2.0
MOST_MODELS = 3
_cache: dict[tuple[int, int], tuple[float, list["RoutedModel"]]] = {}
_noted: dict[int, float] = {}  # model id: when its last failure was written down


@dataclass(frozen=True)
class RoutedModel:
    """A model that may take the turn, as plain values."""

    id: int
    name: str
    provider_id: int
    config: ProviderConfig
    context_window: int
    max_output_tokens: int
    temperature: float | None
    prices: tuple[Decimal, Decimal, Decimal]
    failing: bool  # its last call that was noted failed
    first_token_seconds: float = 12.0  # until the next model takes over, where there is one

    def cost(self, input_tokens: int, cached_input_tokens: int, output_tokens: int) -> Decimal:
        """Dollars for one answer."""
        return price(self.prices, input_tokens, cached_input_tokens, output_tokens)


async def models_for(site_id: int, audience_id: int) -> list[RoutedModel]:
    """The site's own model, then the others that are ready and open to the audience tier, in order.

    Empty when no provider is configured, or none for this audience.
    """
    now, key = time.monotonic(), (site_id, audience_id)
    cached = _cache.get(key)
    if cached and now - cached[0] < FRESH_SECONDS:
        return cached[1]
    found = await in_database_thread(_models_for, site_id, audience_id)
    _cache[key] = now, found
    return found


def _models_for(site_id: int, audience_id: int) -> list[RoutedModel]:
    chosen = SiteModel.objects.filter(site_id=site_id).values_list("model_id", flat=True).first()
    ready = [model for model in _enabled() if model.provider.ready and _open_to(model, audience_id)]
    ready.sort(key=lambda model: (model.pk != chosen, model.name != settings.DEFAULT_MODEL))
    return [_routed(model) for model in ready[:MOST_MODELS]]


def _enabled() -> QuerySet[Model]:
    found = Model.objects.filter(enabled=True, provider__enabled=True)
    return found.select_related("provider").prefetch_related("audiences")


def _open_to(model: Model, audience_id: int) -> bool:
    allowed = [audience.pk for audience in model.audiences.all()]
    return not allowed or audience_id in allowed


def _routed(model: Model) -> RoutedModel:
    return RoutedModel(
        id=model.pk,
        name=model.name,
        provider_id=model.provider_id,
        config=model.provider.config(),
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        temperature=model.temperature,
        prices=(model.input_price, model.cached_input_price, model.output_price),
        failing=model.provider.last_error.startswith(_mark(model.name)),
        first_token_seconds=model.first_token_seconds or settings.FALL_OVER_SECONDS,
    )


async def note_failure(model: RoutedModel, error: ProviderError) -> None:
    """Keep what the provider said where the administrator looks for it, under the name of the model.

    Of many failures in a row one is written every two seconds: a provider that is down must not cost us a write a turn.
    """
    now = time.monotonic()
    if now - _noted.get(model.id, float("-inf")) < FRESH_SECONDS:
        return
    _noted[model.id] = now
    rows = Provider.objects.filter(pk=model.provider_id)
    await in_database_thread(rows.update, last_error=f"{_mark(model.name)}{error}"[:1000], last_error_at=Now())


async def note_success(model: RoutedModel) -> None:
    """Clear what was kept of this model. What another model of the provider met stays: it is not mended by this one."""
    rows = Provider.objects.filter(pk=model.provider_id, last_error__startswith=_mark(model.name))
    await in_database_thread(rows.update, last_error="", last_success_at=Now())


def _mark(model_name: str) -> str:
    return f"{model_name}: "
