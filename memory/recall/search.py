"""One question to Postgres: the policy, the memories and the messages in one round trip, inside the contact's scope."""

import asyncio
import json
import logging
import re
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.utils import timezone
from psycopg import AsyncConnection
from psycopg_pool import PoolClosed, PoolTimeout

from memory.embedding import Vectors, embedder
from memory.embedding.asked import Asked, Space
from memory.models import MemoryPolicy
from memory.recall.found import Found, Recalled, RecalledMemory, RecalledMessage
from memory.recall.packing import pack
from memory.recall.sql import columns, in_spaces, memories_given, numbered, statement
from memory.recall.trip import Rows, Statement, exchange
from memory.recall.weights import DEFAULT, Weights
from memory.scope import scope_of
from memory.stores import store
from memory.stores.base import StoreError
from memory.stores.pgvector import angle, binary, signs
from parley.pools import postgres

logger = logging.getLogger(__name__)

QUESTION_LIMIT = 1000  # characters; a longer message says no more about its subject
MOST_CHARACTERS = 600  # of one message in a prompt
MOST_FOUND = 24  # of each sort; the usual budget holds fewer
NEAREST = 100  # entries asked of a store of its own
STORE_PATIENCE = 1.0  # seconds, after which words decide
PATIENCE = 2.0  # seconds, after which a turn goes on without memories
FRESH = timedelta(seconds=2)  # the message that is being answered is no memory
SAYS_I = re.compile(r"\b(i|me|my|mine|we|our|us)\b", re.IGNORECASE)
SAYS_YOU = re.compile(
    r"\b(did you|have you|you (said|told|mentioned|recommended|suggested|promised)|your)\b", re.IGNORECASE
)
BUILT_IN = MemoryPolicy()  # where none is stored; making one for each recall took a tenth of its time
COMPARED = ("embedder", "vector", "signs", "angle")  # of a space, in the statements
AWAY = (psycopg.Error, PoolTimeout, PoolClosed, OSError, TimeoutError)


class Answers(NamedTuple):
    """The rows of the three statements."""

    about: Rows
    memories: Rows
    messages: Rows


async def recall(
    contact_id: UUID | str,
    question: str,
    vector: Vectors | Asked | None,
    *,
    site_id: int,
    now: datetime | None = None,
    policy: MemoryPolicy | None = None,
    weights: Weights = DEFAULT,
    shown: tuple[UUID, int] | None = None,
) -> Recalled:
    """Up to the policy's number of memories and messages within its tokens. `policy` None: the site's as stored.

    `vector`: the question's, by the embedder in use, or what `memory.switching.ask` made of it; without, words decide.

    `shown`: a conversation, and the first of its messages from which on it stands in the prompt anyway.

    Never raises for a database that is away or slow: the result is empty, and its note says so. Nothing is recalled of
    a contact of another site, nor where memory is switched off.
    """
    began = time.perf_counter()
    asked = Asked.of(vector, embedder())
    parameters = parameters_of(contact_id, question, asked, site_id, now or timezone.now(), weights)
    parameters |= dict(zip(("present", "shown_from"), shown or (None, None), strict=True))
    try:
        near, trouble = await _near(parameters["contact"], asked)
        async with asyncio.timeout(PATIENCE), (await postgres()).connection(timeout=PATIENCE) as connection:
            answers = await _ask(connection, parameters | {"near": near}, asked)
    except AWAY as error:
        logger.warning("Nothing can be recalled: %s: %s", type(error).__name__, error)
        return Recalled(note={"away": f"The memory store cannot be asked ({type(error).__name__})."})
    recalled = _within(policy, answers)
    recalled.note.update(trouble)
    if asked.trouble:
        recalled.note["embedder"] = asked.trouble
    recalled.note["milliseconds"] = round((time.perf_counter() - began) * 1000, 2)
    return recalled


async def _near(contact_id: UUID, asked: Asked) -> tuple[str | None, dict[str, str]]:
    """What a store of its own has by meaning, as JSON, and what is wrong with it; with pgvector nothing is asked."""
    if store().inside or not asked.spaces:
        return None, {}
    near: dict[int, float] = {}
    try:
        async with asyncio.timeout(STORE_PATIENCE):
            for space in asked.spaces:
                found = await store().nearest(contact_id, space.vector, space.embedder, NEAREST)
                near |= {memory: space.scale.of(cosine) for memory, cosine in found.items()}
    except (StoreError, TimeoutError) as error:
        logger.warning("Memories are recalled by their words only: %s: %s", type(error).__name__, error)
        return None, {"store": str(error) or "The store of vectors took too long."}
    return json.dumps(near), {}


async def _ask(connection: AsyncConnection[Any], parameters: dict[str, Any], asked: Asked) -> Answers:
    sent = [_filled(one, parameters) for one in _statements(columns(parameters["question"]), asked)]
    _, *rows = await exchange(connection, [scope_of(parameters["contact"]), *sent])
    return Answers(*rows)


def _statements(words: int, asked: Asked) -> tuple[str, str, str]:
    """Always the same ones, but for the time after the embedder was changed."""
    if asked.plain or not asked.spaces:
        memories, messages = statement("memories", words), statement("messages", words)
    else:
        memories, messages = (in_spaces(name, words, len(asked.spaces)) for name in ("memories", "messages"))
    return statement("about"), memories if store().inside else memories_given(words), messages


def _filled(query: str, parameters: dict[str, Any]) -> Statement:
    text, names = numbered(query)
    return text, [parameters[name] for name in names]


def _within(policy: MemoryPolicy | None, answers: Answers) -> Recalled:
    if not answers.about:
        return Recalled(note={"off": "There is no such contact."})
    wanted, enabled, most, budget = answers.about[0]
    if policy is not None or enabled is None:
        policy = policy or BUILT_IN
        enabled, most, budget = policy.enabled, policy.most_memories, policy.most_tokens
    if not wanted or not enabled:
        return Recalled(note={"off": "The contact does not wish it." if enabled else "The policy says so."})
    found: list[Found] = [RecalledMemory(*row) for row in answers.memories]
    return pack([*found, *[RecalledMessage(*row) for row in answers.messages]], most=most, budget=budget)


def parameters_of(
    contact_id: UUID | str,
    question: str,
    vector: Vectors | Asked | None,
    site_id: int,
    now: datetime,
    weights: Weights,
) -> dict[str, Any]:
    question = question[:QUESTION_LIMIT].replace("\0", " ")
    return {
        "contact": UUID(str(contact_id)),
        "site": site_id,
        "question": question,
        **_compared(Asked.of(vector, embedder())),
        "now": now,
        "before": now - FRESH,
        "recently": now - timedelta(seconds=1.5 * weights.recency_seconds),
        "says_i": bool(SAYS_I.search(question)),
        "says_you": bool(SAYS_YOU.search(question)),
        "most": MOST_FOUND,
        "most_characters": MOST_CHARACTERS,
        "present": None,
        "shown_from": None,
        **vars(weights),
    }


def _compared(asked: Asked) -> dict[str, Any]:
    """The question's vectors, as pgvector reads them, and whose they are."""
    if asked.plain:
        return dict(zip(COMPARED, _space(asked.spaces[0]), strict=True))
    given: dict[str, Any] = dict(zip(COMPARED, ("", None, None, 0.0), strict=True))
    for number, space in enumerate(asked.spaces):
        names = [f"{name}{number}" for name in (*COMPARED, "slope", "shift")]
        given |= zip(names, (*_space(space), *space.scale), strict=True)
    return given


def _space(space: Space) -> tuple[str, bytes, bytes, float]:
    return space.embedder, binary(space.vector), signs(space.vector), angle(space.vector)
