"""Embed the question, and find the passages of the site's articles that may hold its answer."""

from collections.abc import Sequence

from conversations.models import Role
from conversations.turns.claim import ClaimedTurn
from memory.embedding import Vectors, local_embedder
from memory.embedding.asked import Asked
from memory.knowledge.followup import with_context
from memory.knowledge.search import PassageHit, search
from memory.switching import ask
from observability.tracing import span

PASSAGES = 6


def searched_text(turn: ClaimedTurn, history: Sequence[tuple[str, str]]) -> str:
    """What is looked for: the question, with the contact's one before it where it leans on that."""
    earlier = [text for role, text in history if role == Role.CONTACT]
    return with_context(turn.text, earlier[-1] if earlier else "")


async def embed(turn: ClaimedTurn, history: Sequence[tuple[str, str]]) -> Vectors:
    """The question's vector by the local embedder, L2-normalised: routing and cached answers know no other."""
    vector: Vectors = (await local_embedder().aembed([searched_text(turn, history)]))[0]
    return vector


async def embed_for_memory(turn: ClaimedTurn, history: Sequence[tuple[str, str]], vector: Vectors) -> Asked:
    """The question in every space in which there are passages or memories; `vector` is the local embedder's."""
    with span("embed for memory") as step:
        asked = await ask(searched_text(turn, history), vector)
        step.set(embedders=", ".join(space.embedder for space in asked.spaces), trouble=asked.trouble or None)
    return asked


async def retrieve(turn: ClaimedTurn, history: Sequence[tuple[str, str]], asked: Asked) -> list[PassageHit]:
    """The best passages, best first."""
    with span("retrieve") as step:
        found = await search(turn.site_id, searched_text(turn, history), asked, limit=PASSAGES)
        step.set(passages=len(found))
    return found


def passage_note(hit: PassageHit) -> dict[str, object]:
    """What the transcript shows of a passage."""
    return {
        "article_id": hit.article_id,
        "title": hit.title,
        "heading": hit.heading,
        "url": hit.url,
        "score": round(float(hit.score), 3),
    }
