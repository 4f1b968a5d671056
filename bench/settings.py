"""Parley's settings, with an embedder that costs nothing: what a turn takes without the embedding."""

from parley.settings import *  # noqa: F403

MEMORY = {"EMBEDDER": {"BACKEND": "bench.embedder.NoEmbedder", "OPTIONS": {}}}
