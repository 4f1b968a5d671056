"""An embedder for measurements: every text has the same vector, at no cost."""

from collections.abc import Sequence

import numpy as np
from django.core.checks import CheckMessage

from memory.embedding.base import Embedder, Vectors
from memory.embedding.minilm import MiniLMEmbedder


class NoEmbedder(Embedder):
    """Of MiniLM's name and size, so that searching costs the same as with it."""

    name = MiniLMEmbedder.name
    dimensions = MiniLMEmbedder.dimensions

    def compute(self, texts: Sequence[str]) -> Vectors:
        """One vector for all."""
        return np.full((len(texts), self.dimensions), self.dimensions**-0.5, dtype=np.float32)

    def check(self) -> list[CheckMessage]:
        """Nothing can be wrong."""
        return []
