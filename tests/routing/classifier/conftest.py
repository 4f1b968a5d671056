"""An embedder that costs nothing, and labelled messages."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy import float32
from numpy.typing import NDArray

from routing import classifier, vectors
from routing.models import RoutingLabel

SIMPLE = [f"where is my order {number}" for number in range(40)]
COMPLEX = [
    f"Explain why plan {number} costs more than plan {number + 1}, compare both, and prove that 3 * {number} > 7."
    for number in range(40)
]


SIZE = 16  # of its vectors: learning takes the square of it


def embed_all(texts: Sequence[str]) -> NDArray[float32]:
    """A vector for each text, always the same, that says nothing of its meaning."""
    rows = [np.random.default_rng(sum(text.encode())).normal(size=SIZE) for text in texts]
    found = np.array(rows, dtype=float32).reshape(-1, SIZE)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def as_embedder(name: str) -> None:
    """Routing's embedder is the one above, under this name."""
    vectors.register(lambda: vectors.LocalEmbedder(name, SIZE, embed_all))
    classifier.forget()


@pytest.fixture(autouse=True)
def embedder() -> Iterator[None]:
    """Not the one for which the starter weights were made."""
    before = list(vectors._registered)
    as_embedder("small")
    yield
    vectors._registered[:] = before
    classifier.forget()


@pytest.fixture
def labelled(db: None) -> None:
    """Forty of each side, by a person."""
    sides = {RoutingLabel.Value.SIMPLE: SIMPLE, RoutingLabel.Value.COMPLEX: COMPLEX}
    RoutingLabel.objects.bulk_create(
        RoutingLabel(text=text, value=value) for value, texts in sides.items() for text in texts
    )
