"""Housekeeping: chores of the leader that are not about recovery: money, cached answers, memory."""

import asyncio

from conversations.spend import roll_up
from memory.recall.vectors import embed_missing as embed_memories
from memory.remember import extract_due, fade
from memory.stores.filling import fill as fill_store
from observability.alerts.delivering import deliver as tell_alerts
from observability.alerts.delivering import forget as forget_old_alerts
from observability.alerts.evaluating import evaluate
from observability.logs.deciding import decide_due
from observability.logs.retention import tend
from observability.statistics import levels, partitions, rolling
from parley.pools import redis
from parley.threads import in_database_thread
from routing.cached import embed_missing as embed_questions
from routing.cached import jobs
from routing.cached.reviewing import review_expired
from routing.cached.verifying import verify_some

A_DAY = 86_400
SUGGESTED = "parley:suggested"  # there while suggestions of the last day have been asked for

__all__ = ["embed", "extract_due", "fade", "review", "roll_up", "suggest_daily", "tell_alerts", "verify_some"]


async def review() -> None:
    """Approved answers whose lifetime is over go to review."""
    await in_database_thread(review_expired)


async def embed() -> None:
    """Vectors that are missing, or another embedder's: of cached questions, memories and copies of messages."""
    await asyncio.gather(in_database_thread(embed_questions), in_database_thread(embed_memories))


async def fill_vector_store() -> None:
    """A store of memories' vectors that was named only now is given those that are there."""
    await in_database_thread(fill_store)


async def decide_on_logs() -> None:
    """Logs of conversations that are over are kept or dropped, those with trouble at once."""
    await in_database_thread(decide_due)


async def tend_logs() -> None:
    """Partitions for logs to come; what is too old or too much goes."""
    await in_database_thread(tend)


async def gather_levels() -> None:
    """What stands how high just now."""
    await in_database_thread(levels.gather_levels)


async def roll_up_statistics() -> None:
    """Finished minutes, hours and days of the statistics."""
    await in_database_thread(rolling.roll_up)


async def keep_partitions() -> None:
    """Partitions of the statistics: made ahead, and dropped when their time is over."""
    await in_database_thread(partitions.keep_partitions)


async def suggest_daily() -> None:
    """Once a day a worker looks for questions that deserve a cached answer. Raises RedisError."""
    if await redis().set(SUGGESTED, 1, nx=True, ex=A_DAY):
        await in_database_thread(jobs.ask, jobs.look_for_suggestions)


async def evaluate_alerts() -> None:
    """Alert rules are held against the minutes that are complete."""
    await in_database_thread(evaluate)


async def forget_alerts() -> None:
    """Alerts of more than a year ago go."""
    await in_database_thread(forget_old_alerts)
