"""Turning text into vectors: which embedder is in use, chosen in settings the way CACHES are.

    MEMORY = {"EMBEDDER": {"BACKEND": "memory.embedding.minilm.MiniLMEmbedder", "OPTIONS": {}}}

`embedder()` is the process's one instance. Models load on first use, or by `embedder().warm_up()`.
"""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from memory.embedding.base import Embedder, Vectors

__all__ = ["Embedder", "Vectors", "embedder"]


@cache
def embedder() -> Embedder:
    """The embedder that settings name. Raises ImproperlyConfigured when there is none by that name."""
    chosen = getattr(settings, "MEMORY", {}).get("EMBEDDER", {})
    backend = chosen.get("BACKEND", "memory.embedding.minilm.MiniLMEmbedder")
    try:
        found = import_string(backend)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"MEMORY['EMBEDDER']['BACKEND'] is {backend!r}, which cannot be imported ({error}). "
            "Name a class like 'memory.embedding.minilm.MiniLMEmbedder'."
        ) from error
    if not (isinstance(found, type) and issubclass(found, Embedder)):
        raise ImproperlyConfigured(f"MEMORY['EMBEDDER']['BACKEND'] {backend!r} is not a subclass of Embedder.")
    return found(**chosen.get("OPTIONS", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "MEMORY":
        embedder.cache_clear()


setting_changed.connect(_forget)
