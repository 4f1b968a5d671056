"""Parley's settings, with an embedder that costs nothing: what a turn takes without the embedding."""

from parley.settings import *  # noqa: F403

_NONE = {"BACKEND": "bench.embedder.NoEmbedder", "OPTIONS": {}}
MEMORY = {"EMBEDDER": _NONE, "LOCAL": _NONE}
