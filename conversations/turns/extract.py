"""Extract: with no model configured, the articles' own sentences are the answer."""

from collections.abc import Sequence

from conversations.models import Role
from conversations.turns.claim import ClaimedTurn
from conversations.turns.finish import Answer
from memory.knowledge.extractive import extractive_answer
from memory.knowledge.search import PassageHit
from routing.models import AnsweredBy


async def extract(turn: ClaimedTurn, history: Sequence[tuple[str, str]], hits: Sequence[PassageHit]) -> Answer:
    """An answer in full sentences of the articles, that says where it comes from, or that it does not know."""
    earlier = [text for role, text in history if role == Role.CONTACT]
    found = await extractive_answer(turn.text, hits, previous=earlier[-1] if earlier else "")
    sources = [{"title": source.title, "url": source.url} for source in found.sources]
    return Answer(
        found.text_markdown,
        sources,
        model_name="articles",
        finish_reason="stop" if found.knows else "unknown",
        answered_by=AnsweredBy.ARTICLES,
    )
