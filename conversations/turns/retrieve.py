"""Embed the question, and find the passages of the site's articles that may hold its answer."""

from collections.abc import Sequence

from conversations.models import Role
from conversations.turns.claim import ClaimedTurn
from memory.embedding import Vectors, embedder
from memory.knowledge.followup import with_context
from memory.knowledge.search import PassageHit, search

PASSAGES = 6


def searched_text(turn: ClaimedTurn, history: Sequence[tuple[str, str]]) -> str:
    """What is looked for: the question, with the contact's one before it where it leans on that."""
    earlier = [text for role, text in history if role == Role.CONTACT]
    return with_context(turn.text, earlier[-1] if earlier else "")


async def embed(turn: ClaimedTurn, history: Sequence[tuple[str, str]]) -> Vectors:
    """The question's vector, L2-normalised."""
    vector: Vectors = (await embedder().aembed([searched_text(turn, history)]))[0]
    return vector


async def retrieve(turn: ClaimedTurn, history: Sequence[tuple[str, str]], vector: Vectors) -> list[PassageHit]:
    """The best passages, best first."""
    return await search(turn.site_id, searched_text(turn, history), vector, limit=PASSAGES)


def passage_note(hit: PassageHit) -> dict[str, object]:
    """What the transcript shows of a passage."""
    return {
        "article_id": hit.article_id,
        "title": hit.title,
        "heading": hit.heading,
        "url": hit.url,
        "score": round(float(hit.score), 3),
    }
