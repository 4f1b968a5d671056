"""Turning text into vectors: which embedders are in use, chosen in settings the way CACHES are.

    MEMORY = {
        "EMBEDDER": {"BACKEND": "memory.embedding.minilm.MiniLMEmbedder", "OPTIONS": {}},
        "BEFORE": [{"BACKEND": "memory.embedding.openai.OpenAIEmbedder", "OPTIONS": {"api_key": "…"}}],
    }

`embedder()` makes the vectors of articles and memories. `local_embedder()` is that of routing, the classifier and
cached answers, which ask no network: always MiniLM, unless `LOCAL` names another of as many dimensions. After EMBEDDER
was changed, `embedder_named` finds the one that made a stored vector: the local one, or one of a class that BEFORE
names. Each is one instance in a process. Models load on first use, or by `warm_up()`.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from memory.embedding.base import Embedder, Vectors
from memory.embedding.errors import EmbedderError, TextRefused

__all__ = ["Embedder", "EmbedderError", "TextRefused", "Vectors", "embedder", "embedder_named", "local_embedder"]

MINILM = "memory.embedding.minilm.MiniLMEmbedder"


@cache
def embedder() -> Embedder:
    """The embedder of memory. Raises ImproperlyConfigured when there is none by that name, or its options are wrong."""
    return _made("EMBEDDER", _setting().get("EMBEDDER", {}))


@cache
def local_embedder() -> Embedder:
    """The embedder that is in this process; the same object as `embedder()` where memory uses it too."""
    return _made("LOCAL", _setting().get("LOCAL", {}))


@cache
def embedder_named(name: str) -> Embedder | None:
    """The embedder whose vectors carry this name; None when none of those that can be made is it."""
    for known in (embedder(), local_embedder()):
        if known.name == name:
            return known
    for chosen in _setting().get("BEFORE", ()):
        if found := _class("BEFORE", chosen).named(name, **chosen.get("OPTIONS", {})):
            return found
    return None


def _setting() -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(settings, "MEMORY", {})
    return found


def _made(part: str, chosen: Mapping[str, Any]) -> Embedder:
    _class(part, chosen)
    return _instance(part, chosen.get("BACKEND", MINILM), json.dumps(chosen.get("OPTIONS", {}), sort_keys=True))


def _class(part: str, chosen: Mapping[str, Any]) -> type[Embedder]:
    backend = chosen.get("BACKEND", MINILM)
    try:
        found = import_string(backend)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"MEMORY['{part}']['BACKEND'] is {backend!r}, which cannot be imported ({error}). "
            f"Name a class like {MINILM!r}."
        ) from error
    if not (isinstance(found, type) and issubclass(found, Embedder)):
        raise ImproperlyConfigured(f"MEMORY['{part}']['BACKEND'] {backend!r} is not a subclass of Embedder.")
    return found


_instances: dict[tuple[str, str], Embedder] = {}


def _instance(part: str, backend: str, options: str) -> Embedder:
    """One for each class and options, so that memory and routing share it and what it remembers."""
    if found := _instances.get((backend, options)):
        return found
    return _instances.setdefault((backend, options), _class(part, {"BACKEND": backend})(**json.loads(options)))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "MEMORY":
        for cached in (embedder, local_embedder, embedder_named):
            cached.cache_clear()
        _instances.clear()


setting_changed.connect(_forget)
