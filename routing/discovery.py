"""The models of a compatible server (OPENAI_BASE_URL): asked for, and kept as rows that an administrator can edit."""

import asyncio

from django.conf import settings

from parley.pools import resources
from routing.models import Model, Provider
from routing.providers import ProviderConfig, ProviderError, provider_for

FOUND_ORDER = 10  # before the rows of the vendors' own models
MOST = 50


def find_models(provider: Provider) -> list[str]:
    """Names of models that the provider says it has; new ones get rows. Raises ProviderError.

    For commands: it runs a loop of its own.
    """
    names = asyncio.run(_list(provider.config()))[:MOST]
    wanted = [settings.DEFAULT_MODEL] if settings.DEFAULT_MODEL and settings.DEFAULT_MODEL not in names else []
    for name in [*wanted, *names]:
        Model.objects.get_or_create(provider=provider, name=name, defaults={"order": FOUND_ORDER})
    return names


async def _list(config: ProviderConfig) -> list[str]:
    async with resources():
        return await provider_for(config).list_models()


__all__ = ["ProviderError", "find_models"]
