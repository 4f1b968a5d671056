"""Stream: ask the models, best first, and send on what they say as they say it."""

import asyncio
import logging
import random
import re
from collections.abc import Sequence

from conversations.turns.claim import ClaimedTurn
from conversations.turns.deltas import DeltaWriter
from conversations.turns.finish import Answer, mark_first_token
from memory.knowledge.prompt import sources
from memory.knowledge.search import PassageHit, fits
from parley.background import spawn
from routing.providers import ChatRequest, Finished, FinishReason, ProviderError, TextDelta, provider_for
from routing.route import RoutedModel, note_failure, note_success

log = logging.getLogger(__name__)
TRIES = 2  # of one model, where its error may pass
LONGEST_PAUSE = 8.0  # seconds; a provider that asks for more is left to the next model
Article = tuple[str, str]  # title, url
CITATION = re.compile(r"\[(\d{1,2})\](?!\()")


async def stream(
    turn: ClaimedTurn,
    requests: Sequence[tuple[RoutedModel, ChatRequest]],
    hits: Sequence[PassageHit],
    writer: DeltaWriter,
) -> Answer:
    """The answer of the first model that gives one. Raises ProviderError of the best model, LostTurn."""
    failures: dict[int, ProviderError] = {}  # the newest of each model, best model first
    for model, request in requests:
        for attempt in range(TRIES):
            try:
                finished = await _ask(turn, model, request, writer)
            except ProviderError as error:
                failures[model.id] = error
                log.warning("Turn %s: %s: %s", turn.id, model.name, error)
                await note_failure(model, error)
                if writer.text:
                    await writer.clear()
                if attempt + 1 == TRIES or not await _worth_waiting(error):
                    break
            else:
                if model.failing or model.id in failures:
                    spawn(note_success(model))
                return _answer(model, writer.text, finished, hits)
    raise next(iter(failures.values()))  # why the model that was meant to answer did not


async def _ask(turn: ClaimedTurn, model: RoutedModel, request: ChatRequest, writer: DeltaWriter) -> Finished:
    first, finished = True, Finished(FinishReason.OTHER, None)
    async with provider_for(model.config).stream(request) as events:
        async for event in events:
            match event:
                case TextDelta(text):
                    writer.add(text)
                    if first and text:
                        first = False
                        spawn(mark_first_token(turn))
                case Finished():
                    finished = event
    return finished


async def _worth_waiting(error: ProviderError) -> bool:
    pause = error.retry_after if error.retry_after is not None else random.uniform(0.2, 1.0)  # noqa: S311 - jitter
    if not error.retryable or pause > LONGEST_PAUSE:
        return False
    await asyncio.sleep(pause + random.uniform(0, 0.25))  # noqa: S311
    return True


def _answer(model: RoutedModel, text: str, finished: Finished, hits: Sequence[PassageHit]) -> Answer:
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
        cost=model.cost(*counts) if counts else model.cost(0, 0, 0),
        finish_reason=finished.reason,
    )


EMPTY = dict.fromkeys(FinishReason, "I have no answer to that. Try other words, or talk to a person.") | {
    FinishReason.REFUSAL: "I cannot help with that. You can talk to a person."
}


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
