"""A question's vectors by every embedder that has rows. One that does not answer in time is left out: words decide."""

import asyncio
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from weakref import WeakKeyDictionary

from memory.embedding import Embedder, EmbedderError, Vectors, local_embedder
from memory.embedding.asked import Asked, Space
from memory.embedding.scale import AS_IT_IS, Scale, measured
from memory.switching.in_use import in_use

log = logging.getLogger(__name__)

_scales: WeakKeyDictionary[Embedder, "Future[Scale]"] = WeakKeyDictionary()
_lock = threading.Lock()


async def ask(text: str, known: Vectors | None = None) -> Asked:
    """The question in all spaces. `known`: its vector by the local embedder, which need not compute it twice.

    Never raises for an embedder that is away: its space is missing, and `trouble` says why.
    """
    found = await in_use()
    local = local_embedder()
    if known is not None and found.embedders == (local,):
        return Asked((Space(local.name, known),), bool(found.lost))
    answers = await asyncio.gather(*(_space(each, text, known) for each in found.embedders))
    spaces = tuple(answer for answer in answers if isinstance(answer, Space))
    trouble = " ".join(answer for answer in answers if isinstance(answer, str))
    return Asked(spaces, bool(found.lost) or len(spaces) < len(answers), trouble)


async def _space(embedder: Embedder, text: str, known: Vectors | None) -> Space | str:
    """The space, or why there is none."""
    if embedder is local_embedder():
        vector = (await embedder.aembed([text]))[0] if known is None else known
        return Space(embedder.name, vector)
    pauses = embedder.questions
    if pauses.left:
        return pauses.trouble
    try:
        async with asyncio.timeout(embedder.patience):
            vectors, scale = await asyncio.gather(embedder.aembed([text]), _scale(embedder))
    except (EmbedderError, TimeoutError) as error:
        why = str(error) or f"The embedder {embedder.name} did not answer in time."
        seconds = pauses.failed(EmbedderError(why, retry_after=getattr(error, "retry_after", None)))
        log.warning("Questions are searched for by their words for %.0f s: %s", seconds, why)
        return why
    pauses.went_well()
    return Space(embedder.name, vectors[0], scale)


async def _scale(embedder: Embedder) -> Scale:
    """Measured once in a process, beside the first question."""
    if embedder.patience is None and embedder.name == local_embedder().name:
        return AS_IT_IS
    return await asyncio.shield(asyncio.wrap_future(_measuring(embedder)))


def _measuring(embedder: Embedder) -> "Future[Scale]":
    with _lock:
        found = _scales.get(embedder)
        if found is None or (found.done() and found.exception()):
            found = _scales[embedder] = _thread().submit(measured, embedder, local_embedder())
        return found


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="scale")
