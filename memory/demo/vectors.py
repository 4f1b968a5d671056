"""The vectors of the demo's passages, computed once and kept in vectors.npz: the first start need not wait for them.

The file is a cache and nothing more: a passage that it does not hold, or any passage under another embedder than the
one that made it, is embedded as usual. `manage.py embed_demo` writes it anew; a test tells when that is due.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from memory.embedding import Embedder, Vectors
from memory.knowledge.files import ArticleFile
from memory.knowledge.passages import cut

FILE = Path(__file__).parent / "vectors.npz"


def texts_of(articles: Iterable[ArticleFile]) -> list[str]:
    """What is embedded of these articles."""
    return [piece.embedded for article in articles for piece in cut(article.title, article.body)]


def kept(embedder: Embedder, texts: Iterable[str]) -> dict[str, Vectors]:
    """The kept vectors of those texts that have one by this embedder."""
    if not FILE.exists():
        return {}
    with np.load(FILE, allow_pickle=False) as file:
        if str(file["embedder"]) != embedder.name:
            return {}
        vectors = dict(zip(file["digests"].tolist(), file["vectors"].astype(np.float32), strict=True))
    return {text: vectors[_digest(text)] for text in texts if _digest(text) in vectors}


def keep(embedder: Embedder, texts: list[str]) -> None:
    """Compute the vectors of these texts and write the file; halves, as the database stores them."""
    vectors = embedder.compute(texts).astype(np.float16)
    digests = np.array([_digest(text) for text in texts])
    np.savez_compressed(FILE, embedder=np.array(embedder.name), digests=digests, vectors=vectors)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
