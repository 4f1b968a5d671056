"""The models of a compatible server (OPENAI_BASE_URL): asked for, and kept as rows that an administrator can edit."""

import asyncio
import re

from django.conf import settings

from parley.pools import resources
from routing.models import Model, Provider
from routing.providers import ProviderConfig, ProviderError, provider_for

FOUND_ORDER = 10  # before the rows of the vendors' own models
GONE_ORDER = 90  # behind them: found once, and not there any more
MOST = 50

NO_CHAT = re.compile(
    r"""
    embed | rerank | (?<![a-z])(?:bge|gte|e5)-      # text-embedding-3-small, nomic-embed-text; bge-m3 ranks or embeds
    | whisper | transcribe | (?<![a-z])tts(?![a-z])
    | dall-?e(?![a-z]) | gpt-image | stable-diffusion | (?<![a-z])clip(?![a-z])
    | moderation
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What the name of a model holds that does not converse. When in doubt it does: an administrator can switch it off."""


def find_models(provider: Provider) -> list[str]:
    """Names of models that the provider says it has; new ones get rows. Raises ProviderError.

    The row of one that does not converse is switched off from the start; PARLEY_MODEL always does. What was found
    earlier, at another server for example, and is not there any more goes behind all others: a turn tries few models.
    For commands: it runs a loop of its own.
    """
    names = sorted(asyncio.run(_list(provider.config())), key=is_no_chat)[:MOST]
    wanted = [settings.DEFAULT_MODEL] if settings.DEFAULT_MODEL and settings.DEFAULT_MODEL not in names else []
    for name in [*wanted, *names]:
        enabled = name == settings.DEFAULT_MODEL or not is_no_chat(name)
        Model.objects.get_or_create(provider=provider, name=name, defaults={"order": FOUND_ORDER, "enabled": enabled})
    there = {"name__in": [*wanted, *names]}
    provider.models.filter(order=FOUND_ORDER).exclude(**there).update(order=GONE_ORDER)
    provider.models.filter(order=GONE_ORDER, **there).update(order=FOUND_ORDER)
    return names


def is_no_chat(name: str) -> bool:
    """Whether a model's name says that it does not converse, but embeds, ranks, hears, speaks, draws or judges."""
    return NO_CHAT.search(name) is not None


async def _list(config: ProviderConfig) -> list[str]:
    async with resources():
        return await provider_for(config).list_models()


__all__ = ["ProviderError", "find_models"]
