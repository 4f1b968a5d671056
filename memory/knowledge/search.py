"""Which passages of a site's articles fit a question: words and meaning, fused in one round trip
(search.sql).

Measured on memory/demo/questions.jsonl (102 questions that the demo's 154 passages answer, 45 that they do not): a
weighted sum found the article first for 86 %, among the first three for 96 % (MRR .92). Before the demo's texts were
polished it was 83 % and 96 % (.91) against rank fusion 81 % and 90 % (.87), the cosine alone 79 % and 96 % (.88), words
alone 63 % and 77 % (.71). Length normalisation and counting words inside a passage gave nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.urls import reverse

from memory.embedding import Vectors, embedder
from memory.embedding.asked import Asked
from memory.knowledge.followup import with_context
from memory.stores.pgvector import literal
from memory.switching import ask
from parley.pools import postgres

LEXICAL_WEIGHT = 0.4
FITS = 0.48  # of the score; calibrated on the same questions: 4 % wrongly refused, 7 % wrongly accepted
FITS_BY_WORDS = 0.3  # of the lexical score, when there is no vector
UNRELATED, IN_WORDS = 0.09, 0.95  # guess a passage's cosine by its lexical score (least squares, same questions, r .46)
COSINE = re.compile(r"CASE WHEN passage\.embedder = %\(embedder\)s\s+THEN .*?\s+END AS cosine", re.DOTALL)
NO_COSINE = "coalesce(corpus.cosine, 0)"
QUERY_LIMIT = 1000  # characters; a longer message says no more about its subject

Question = Vectors | Asked | None


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


async def search(site_id: int, query: str, embedding: Question, *, limit: int = 6) -> list[PassageHit]:
    """The best passages of the site's published articles, best first. `embedding` is the query's vector,
    made by the configured embedder, or what `memory.switching.ask` made of it; without one only words count.
    """
    asked = Asked.of(embedding, embedder())
    async with (await postgres()).connection() as conn:
        cursor = await conn.execute(_statement(asked), _parameters(site_id, query, asked, limit))
        return [_hit(row) for row in await cursor.fetchall()]


async def find_passages(
    site_id: int, question: str, *, previous: str | None = None, limit: int = 6
) -> list[PassageHit]:
    """Embed the question and search for it. `previous` is the visitor's message before, used when the
    question leans on it ("and how long does that take?").
    """
    asked = with_context(question, previous)
    return await search(site_id, asked, await ask(asked), limit=limit)


def search_sync(site_id: int, query: str, embedding: Question, *, limit: int = 6) -> list[PassageHit]:
    """`search` for code without a loop: the admin and commands."""
    asked = Asked.of(embedding, embedder())
    with connection.cursor() as cursor:
        cursor.execute(_statement(asked), _parameters(site_id, query, asked, limit))
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


def _statement(asked: Asked) -> str:
    """Always the same one, but for the time after the embedder was changed."""
    plain = (asked.plain and not asked.mixed) or not asked.spaces
    return _sql() if plain else _in_spaces(len(asked.spaces))


@cache
def _in_spaces(spaces: int) -> str:
    """The search with each passage compared in its own space; where it has none that the question is in, its words say
    what its cosine might be.
    """
    cosine = "1 - (passage.embedding <=> %(vector{0})s::halfvec)"
    when = f"WHEN %(embedder{{0}})s THEN least(%(slope{{0}})s * ({cosine}) + %(shift{{0}})s, 1)"
    each = " ".join(when.format(number) for number in range(spaces))
    guessed = "coalesce(corpus.cosine, %(unrelated)s + %(in_words)s * coalesce(lexical.score, 0)::float8)"
    text, found = COSINE.subn(f"CASE passage.embedder {each} END AS cosine", _sql())
    if found != 1 or NO_COSINE not in text:
        raise LookupError("search.sql does not compute the cosine as this module knows it.")
    return text.replace(NO_COSINE, guessed)


def _parameters(site_id: int, query: str, asked: Asked, limit: int) -> dict[str, Any]:
    given: dict[str, Any] = {"embedder": "", "vector": None}
    for number, space in enumerate(asked.spaces):
        names = (f"embedder{number}", f"vector{number}", f"slope{number}", f"shift{number}")
        given |= zip(names, (space.embedder, literal(space.vector), *space.scale), strict=True)
    if asked.spaces:
        given |= {"embedder": given["embedder0"], "vector": given["vector0"]}
    return {
        "site": site_id,
        "query": query[:QUERY_LIMIT].replace("\0", " "),
        "weight": LEXICAL_WEIGHT,
        "limit": limit,
        "unrelated": UNRELATED,
        "in_words": IN_WORDS,
        **given,
    }


def _hit(row: tuple[Any, ...]) -> PassageHit:
    passage, article, title, url, site_key, slug, *rest = row
    return PassageHit(passage, article, title, url or reverse("memory:article", args=[site_key, slug]), *rest)
