"""System checks of what the bot knows."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from memory.embedding import embedder
from memory.models import DIMENSIONS


@register()
def check_embedder(**_: Any) -> Sequence[CheckMessage]:
    """The configured embedder can be made, has what it needs, and fits the vectors' column."""
    try:
        found = embedder()
    except (ImproperlyConfigured, TypeError) as error:
        return [Error(str(error), hint="Correct MEMORY in settings.", id="memory.E002")]
    if found.dimensions != DIMENSIONS:
        return [
            Error(
                f"The embedder {found.name} makes {found.dimensions} numbers of a text; {DIMENSIONS} fit.",
                hint="Choose an embedder with as many, in MEMORY['EMBEDDER'].",
                id="memory.E003",
            )
        ]
    return found.check()
