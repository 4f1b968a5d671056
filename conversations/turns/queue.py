"""Jobs for turns. The row in Postgres is the truth: a job only says "look at this turn"; a second one is harmless."""

import functools
import logging
from collections.abc import Sequence
from typing import Any

import django_rq
from redis.exceptions import RedisError
from rq import Retry

from parley.pools import redis

log = logging.getLogger(__name__)
QUEUE = "turns"
JOB = "conversations.turns.run.run_turn"
TIMEOUT_SECONDS = 600


def job_id(turn_id: int, attempt: int) -> str:
    """Our own name for the job of a turn's next attempt."""
    return f"turn-{turn_id}-{attempt}"


def enqueue_now(turn_id: int, attempt: int) -> None:
    """Put the turn's next attempt in the queue. Raises RedisError."""
    _queue().enqueue_call(**_job(turn_id, attempt))


async def enqueue(turn_id: int, attempt: int) -> bool:
    """The same without blocking; False when Redis is away: the sweeper finds turns without a job."""
    return await enqueue_all([(turn_id, attempt)])


async def enqueue_all(turns: Sequence[tuple[int, int]]) -> bool:
    """The same for many (turn, attempt), in one round trip."""
    if not turns:
        return True
    pipe = redis().pipeline(transaction=True)
    for words in _commands(turns):
        pipe.execute_command(*words)
    try:
        await pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("%s turns wait for Redis (%s)", len(turns), type(error).__name__)
        return False
    return True


def _commands(turns: Sequence[tuple[int, int]]) -> list[tuple[Any, ...]]:
    """What RQ would send, for our own connection: a thread and a second connection cost more than the rest."""
    queue = _queue()
    recorded: Any = queue.connection.pipeline()
    queue.enqueue_many([queue.prepare_data(**_job(*turn)) for turn in turns], pipeline=recorded)
    return [words for words, _ in recorded.command_stack]


@functools.cache
def _queue() -> Any:
    """One for the process: django_rq opens a connection for each."""
    return django_rq.get_queue(QUEUE)


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
