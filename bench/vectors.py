"""Embeddings of data sets, computed once and kept under the temporary folder."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def embedded(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of the local embedder, (n, 384), L2-normalised."""
    from memory.embedding import embedder

    digest = hashlib.sha256("\n".join([embedder().name, *texts]).encode()).hexdigest()[:16]
    file = Path(tempfile.gettempdir()) / f"parley-bench-vectors-{digest}.npy"
    if not file.is_file():
        np.save(file, embedder().embed_all(texts))
    vectors: NDArray[np.float32] = np.load(file)
    return vectors
