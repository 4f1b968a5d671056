"""Reply: a model's words become the answer, with links to what it cites, its usage and its cost."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass

from conversations.turns.finish import Answer
from memory.knowledge.prompt import sources
from memory.knowledge.search import PassageHit, fits
from routing.models import AnsweredBy
from routing.providers import Finished, FinishReason
from routing.ready import RoutedModel

Article = tuple[str, str]  # title, url
CITATION = re.compile(r"\[(\d{1,2})\](?!\()")
EMPTY = dict.fromkeys(FinishReason, "I have no answer to that. Try other words, or talk to a person.") | {
    FinishReason.REFUSAL: "I cannot help with that. You can talk to a person."
}


@dataclass(frozen=True)
class Timing:
    """Monotonic seconds: when the rate tier let the turn in, and when the first words came (None: none did)."""

    admitted: float
    first_token: float | None


def reply(model: RoutedModel, text: str, finished: Finished, hits: Sequence[PassageHit], timing: Timing) -> Answer:
    """The answer that the model gave."""
    usage = finished.usage
    counts = (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens) if usage else None
    articles = sources(hits)
    linked, cited_ones = cited(text.strip(), articles)
    if not cited_ones and text.strip() and fits(hits):
        cited_ones = articles[:1]  # what the model was given to read, and fitted best
    return Answer(
        text=linked or EMPTY[finished.reason],
        sources=[{"title": title, "url": url} for title, url in cited_ones],
        model=model.id,
        model_name=model.name,
        input_tokens=counts and counts[0],
        cached_input_tokens=counts and counts[1],
        output_tokens=counts and counts[2],
        cost=model.cost(*counts, usage.cache_write_tokens) if counts and usage else model.cost_unknown,
        cache_write_tokens=usage.cache_write_tokens if usage else None,
        finish_reason=finished.reason,
        answered_by=AnsweredBy.MODEL,
        admitted=timing.admitted,
        first_token=timing.first_token,
    )


def partial_reply(model: RoutedModel, text: str, hits: Sequence[PassageHit], timing: Timing) -> Answer:
    """What there was of the answer when the visitor stopped it; an empty text when there was nothing yet."""
    found = reply(model, text, Finished(FinishReason.OTHER, None), hits, timing)
    return dataclasses.replace(found, text=found.text if text.strip() else "", finish_reason="stopped", stopped=True)


def cited(text: str, articles: Sequence[Article]) -> tuple[str, list[Article]]:
    """The text with its [n] marks made links, and the articles that they name, each once.

    `articles` are numbered from 1, as in the prompt. A number that none has is taken out.
    """
    named: dict[Article, None] = {}

    def link(mark: re.Match[str]) -> str:
        index = int(mark[1]) - 1
        if not 0 <= index < len(articles):
            return ""
        named[articles[index]] = None
        return f"[\\[{mark[1]}\\]]({articles[index][1]})"

    return CITATION.sub(link, text), list(named)
