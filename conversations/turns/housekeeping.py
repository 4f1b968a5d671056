"""Housekeeping: chores of the leader that are not about recovery: money, cached answers, memory."""

import asyncio

from conversations.spend import roll_up
from memory.recall.vectors import embed_missing as embed_memories
from memory.remember import extract_due, fade
from parley.pools import redis
from parley.threads import in_database_thread
from routing.cached import embed_missing as embed_questions
from routing.cached import jobs
from routing.cached.reviewing import review_expired
from routing.cached.verifying import verify_some

A_DAY = 86_400
SUGGESTED = "parley:suggested"  # there while suggestions of the last day have been asked for

__all__ = ["embed", "extract_due", "fade", "review", "roll_up", "suggest_daily", "verify_some"]


async def review() -> None:
    """Approved answers whose lifetime is over go to review."""
    await in_database_thread(review_expired)


async def embed() -> None:
    """Vectors that are missing, or another embedder's: of cached questions, memories and copies of messages."""
    await asyncio.gather(in_database_thread(embed_questions), in_database_thread(embed_memories))


async def suggest_daily() -> None:
    """Once a day a worker looks for questions that deserve a cached answer. Raises RedisError."""
    if await redis().set(SUGGESTED, 1, nx=True, ex=A_DAY):
        await in_database_thread(jobs.ask, jobs.look_for_suggestions)
