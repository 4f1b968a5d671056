"""Which passages of a site's articles fit a question: words and meaning, fused in one round trip
(search.sql).

Measured on memory/demo/questions.jsonl (102 questions that the demo's 154 passages answer, 45 that they do not): a
weighted sum found the article first for 86 %, among the first three for 96 % (MRR .92). Before the demo's texts were
polished it was 83 % and 96 % (.91) against rank fusion 81 % and 90 % (.87), the cosine alone 79 % and 96 % (.88), words
alone 63 % and 77 % (.71). Length normalisation and counting words inside a passage gave nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.urls import reverse

from memory.embedding import Vectors, embedder
from memory.knowledge.followup import with_context
from parley.pools import postgres

LEXICAL_WEIGHT = 0.4
FITS = 0.48  # of the score; calibrated on the same questions: 4 % wrongly refused, 7 % wrongly accepted
FITS_BY_WORDS = 0.3  # of the lexical score, when there is no vector
QUERY_LIMIT = 1000  # characters; a longer message says no more about its subject


@dataclass(frozen=True)
class PassageHit:
    """One passage that was found. `score` is cosine + 0.4 × lexical; `cosine` is None where none could be
    computed.
    """

    passage_id: int
    article_id: int
    title: str
    url: str
    heading: str
    text: str
    score: float
    lexical: float
    cosine: float | None


async def search(site_id: int, query: str, embedding: Vectors | None, *, limit: int = 6) -> list[PassageHit]:
    """The best passages of the site's published articles, best first. `embedding` is the query's vector,
    made by the configured embedder; without one only words count.
    """
    async with (await postgres()).connection() as conn:
        cursor = await conn.execute(_sql(), _parameters(site_id, query, embedding, limit))
        return [_hit(row) for row in await cursor.fetchall()]


async def find_passages(
    site_id: int, question: str, *, previous: str | None = None, limit: int = 6
) -> list[PassageHit]:
    """Embed the question and search for it. `previous` is the visitor's message before, used when the
    question leans on it ("and how long does that take?").
    """
    asked = with_context(question, previous)
    vectors = await embedder().aembed([asked])
    return await search(site_id, asked, vectors[0], limit=limit)


def search_sync(site_id: int, query: str, embedding: Vectors | None, *, limit: int = 6) -> list[PassageHit]:
    """`search` for code without a loop: the admin and commands."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(), _parameters(site_id, query, embedding, limit))
        return [_hit(row) for row in cursor.fetchall()]


def fits(hits: Sequence[PassageHit]) -> bool:
    """Whether the best of these, sorted as `search` returns them, is about the question at all."""
    if not hits:
        return False
    best = hits[0]
    return best.lexical >= FITS_BY_WORDS if best.cosine is None else best.score >= FITS


@cache
def _sql() -> str:
    return (Path(__file__).parent / "search.sql").read_text(encoding="utf-8")


def _parameters(site_id: int, query: str, embedding: Vectors | None, limit: int) -> dict[str, Any]:
    vector = None if embedding is None else "[" + ",".join(f"{x:.6g}" for x in embedding.ravel().tolist()) + "]"
    return {
        "site": site_id,
        "query": query[:QUERY_LIMIT].replace("\0", " "),
        "vector": vector,
        "embedder": embedder().name,
        "weight": LEXICAL_WEIGHT,
        "limit": limit,
    }


def _hit(row: tuple[Any, ...]) -> PassageHit:
    passage, article, title, url, site_key, slug, *rest = row
    return PassageHit(passage, article, title, url or reverse("memory:article", args=[site_key, slug]), *rest)
