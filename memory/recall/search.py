"""One question to Postgres: the policy, the memories and the messages in one round trip, inside the contact's scope."""

import asyncio
import json
import logging
import re
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.utils import timezone
from psycopg import AsyncConnection, AsyncCursor, AsyncRawCursor
from psycopg.rows import TupleRow
from psycopg_pool import PoolClosed, PoolTimeout

from memory.embedding import Vectors, embedder
from memory.models import MemoryPolicy
from memory.recall.found import Found, Recalled, RecalledMemory, RecalledMessage
from memory.recall.packing import pack
from memory.recall.sql import memories_given, numbered, statement
from memory.recall.weights import DEFAULT, Weights
from memory.scope import scoped
from memory.stores import store
from memory.stores.base import StoreError
from memory.stores.pgvector import literal
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
AWAY = (psycopg.Error, PoolTimeout, PoolClosed, OSError, TimeoutError)


class Answers(NamedTuple):
    """The cursors of the three statements, to be read after the round trip."""

    about: AsyncCursor[TupleRow]
    memories: AsyncCursor[TupleRow]
    messages: AsyncCursor[TupleRow]


async def recall(
    contact_id: UUID | str,
    question: str,
    vector: Vectors | None,
    *,
    site_id: int,
    now: datetime | None = None,
    policy: MemoryPolicy | None = None,
    weights: Weights = DEFAULT,
    shown: tuple[UUID, int] | None = None,
) -> Recalled:
    """Up to the policy's number of memories and messages within its tokens. `policy` None: the site's as stored.

    `shown`: a conversation, and the first of its messages from which on it stands in the prompt anyway.

    Never raises for a database that is away or slow: the result is empty, and its note says so. Nothing is recalled of
    a contact of another site, nor where memory is switched off.
    """
    began = time.perf_counter()
    parameters = parameters_of(contact_id, question, vector, site_id, now or timezone.now(), weights)
    parameters |= dict(zip(("present", "shown_from"), shown or (None, None), strict=True))
    try:
        near, trouble = await _near(parameters, vector)
        async with asyncio.timeout(PATIENCE), (await postgres()).connection(timeout=PATIENCE) as connection:
            answers = await _ask(connection, parameters | {"near": near})
            about = await answers.about.fetchone()
            found = await _found(answers)
    except AWAY as error:
        logger.warning("Nothing can be recalled: %s: %s", type(error).__name__, error)
        return Recalled(note={"away": f"The memory store cannot be asked ({type(error).__name__})."})
    recalled = _within(policy, about, found)
    recalled.note.update(trouble)
    recalled.note["milliseconds"] = round((time.perf_counter() - began) * 1000, 2)
    return recalled


async def _near(parameters: dict[str, Any], vector: Vectors | None) -> tuple[str | None, dict[str, str]]:
    """What a store of its own has by meaning, as JSON, and what is wrong with it; with pgvector nothing is asked."""
    if store().inside or vector is None or parameters["vector"] is None:
        return None, {}
    try:
        async with asyncio.timeout(STORE_PATIENCE):
            near = await store().nearest(parameters["contact"], vector, parameters["embedder"], NEAREST)
    except (StoreError, TimeoutError) as error:
        logger.warning("Memories are recalled by their words only: %s: %s", type(error).__name__, error)
        return None, {"store": str(error) or "The store of vectors took too long."}
    return json.dumps(near), {}


async def _ask(connection: AsyncConnection[TupleRow], parameters: dict[str, Any]) -> Answers:
    memories = statement("memories") if store().inside else memories_given()
    statements = (statement("about"), memories, statement("messages"))
    async with scoped(connection, parameters["contact"]):
        return Answers(*[await _execute(connection, one, parameters) for one in statements])


async def _execute(
    connection: AsyncConnection[TupleRow], query: str, parameters: dict[str, Any]
) -> AsyncCursor[TupleRow]:
    text, names = numbered(query)
    return await AsyncRawCursor(connection).execute(text, [parameters[name] for name in names], prepare=True)


async def _found(answers: Answers) -> list[Found]:
    memories = [RecalledMemory(*row) for row in await answers.memories.fetchall()]
    return [*memories, *[RecalledMessage(*row) for row in await answers.messages.fetchall()]]


def _within(policy: MemoryPolicy | None, about: TupleRow | None, found: list[Found]) -> Recalled:
    if about is None:
        return Recalled(note={"off": "There is no such contact."})
    wanted, enabled, most, budget = about
    if policy is not None or enabled is None:
        policy = policy or MemoryPolicy()
        enabled, most, budget = policy.enabled, policy.most_memories, policy.most_tokens
    if not wanted or not enabled:
        return Recalled(note={"off": "The contact does not wish it." if enabled else "The policy says so."})
    return pack(found, most=most, budget=budget)


def parameters_of(
    contact_id: UUID | str, question: str, vector: Vectors | None, site_id: int, now: datetime, weights: Weights
) -> dict[str, Any]:
    question = question[:QUESTION_LIMIT].replace("\0", " ")
    return {
        "contact": UUID(str(contact_id)),
        "site": site_id,
        "question": question,
        "vector": _literal(vector),
        "embedder": embedder().name,
        "now": now,
        "before": now - FRESH,
        "says_i": bool(SAYS_I.search(question)),
        "says_you": bool(SAYS_YOU.search(question)),
        "most": MOST_FOUND,
        "most_characters": MOST_CHARACTERS,
        "present": None,
        "shown_from": None,
        **asdict(weights),
    }


def _literal(vector: Vectors | None) -> str | None:
    """As pgvector reads it; None without one, or for one that could not be compared."""
    if vector is None or vector.size != embedder().dimensions:
        return None
    return literal(vector)
