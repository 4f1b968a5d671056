"""Vectors for routing: it does not know memory, so who does registers the local embedder here (conversations.apps)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numpy import float32
from numpy.typing import NDArray

Vectors = NDArray[float32]


@dataclass(frozen=True)
class LocalEmbedder:
    """`name` is stored beside every vector. `embed_all` gives (n, dimensions), L2-normalised; it blocks."""

    name: str
    dimensions: int
    embed_all: Callable[[Sequence[str]], Vectors]


_registered: list[Callable[[], LocalEmbedder]] = []


def register(resolver: Callable[[], LocalEmbedder]) -> None:
    """Name the local embedder; the last one registered counts."""
    _registered[:] = [resolver]


def local_embedder() -> LocalEmbedder:
    """The embedder of routing and cached answers. Raises LookupError when none is registered."""
    if not _registered:
        raise LookupError("No embedder is registered: conversations.apps does it, is that app installed?")
    return _registered[0]()
