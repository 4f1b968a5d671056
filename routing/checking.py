"""Asking a provider whether it would answer, for the administrator who has just set it up."""

import asyncio
from dataclasses import dataclass

from django.utils import timezone

from parley import pools
from routing.models import Provider
from routing.providers import ProviderConfig, ProviderError, Vendor, provider_for


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in words for administrators."""

    works: bool
    text: str


def check(provider: Provider) -> Finding:
    """List the provider's models with its key, and note on its row how that went. Takes 15 seconds at most.

    Runs a loop of its own, so call it from a thread without one: a running server's pools stay open.
    """
    config = provider.config()
    if not config.api_key and (config.vendor is Vendor.ANTHROPIC or not config.base_url):
        return Finding(False, f"{provider}: there is no key. Enter one, or set {provider.vendor.upper()}_API_KEY.")
    try:
        offered = asyncio.run(_models(config))
    except ProviderError as error:
        _note(provider, last_error=str(error), last_error_at=timezone.now())
        return Finding(False, f"{provider}: {error}")
    _note(provider, last_error="", last_error_at=None, last_success_at=timezone.now())
    return _answered(provider, offered)


def _answered(provider: Provider, offered: list[str]) -> Finding:
    listed = [model.name for model in provider.models.all() if model.enabled]
    missing = [name for name in listed if name not in offered]
    text = f"{provider} answers and offers {len(offered)} model{'' if len(offered) == 1 else 's'}."
    if offered:
        text += f" For example {', '.join(offered[:5])}."
    if missing:
        text += f" It does not list {', '.join(missing)}: check the names of these models."
    return Finding(not missing, text)


def _note(provider: Provider, **values: object) -> None:
    Provider.objects.filter(pk=provider.pk).update(**values)


async def _models(config: ProviderConfig) -> list[str]:
    async with pools.resources():
        return await provider_for(config).list_models()
