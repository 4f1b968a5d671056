"""Jobs for turns. The row in Postgres is the truth: a job only says "look at this turn"; a second one is harmless."""

import logging
from collections.abc import Sequence
from typing import Any

import django_rq
from redis.exceptions import RedisError
from rq import Retry

from parley.threads import in_thread

log = logging.getLogger(__name__)
QUEUE = "turns"
JOB = "conversations.turns.run.run_turn"
TIMEOUT_SECONDS = 600


def job_id(turn_id: int, attempt: int) -> str:
    """Our own name for the job of a turn's next attempt."""
    return f"turn-{turn_id}-{attempt}"


def enqueue_now(turn_id: int, attempt: int) -> None:
    """Put the turn's next attempt in the queue. Raises RedisError."""
    django_rq.get_queue(QUEUE).enqueue_call(**_job(turn_id, attempt))


async def enqueue(turn_id: int, attempt: int) -> bool:
    """The same without blocking; False when Redis is away: the sweeper finds turns without a job."""
    try:
        await in_thread(enqueue_now, turn_id, attempt)
    except (RedisError, OSError) as error:
        log.warning("Turn %s waits for Redis (%s)", turn_id, type(error).__name__)
        return False
    return True


async def enqueue_all(turns: Sequence[tuple[int, int]]) -> bool:
    """The same for many (turn, attempt), in one round trip."""
    try:
        if turns:
            await in_thread(_enqueue_many, turns)
    except (RedisError, OSError) as error:
        log.warning("%s turns wait for Redis (%s)", len(turns), type(error).__name__)
        return False
    return True


def _enqueue_many(turns: Sequence[tuple[int, int]]) -> None:
    queue = django_rq.get_queue(QUEUE)
    queue.enqueue_many([queue.prepare_data(**_job(*turn)) for turn in turns])


def _job(turn_id: int, attempt: int) -> dict[str, Any]:
    return {
        "func": JOB,
        "args": (turn_id,),
        "job_id": job_id(turn_id, attempt),
        "timeout": TIMEOUT_SECONDS,
        "result_ttl": 0,
        "failure_ttl": 86400,
        "retry": Retry(max=3),
        "description": f"turn {turn_id}, attempt {attempt + 1}",
    }
