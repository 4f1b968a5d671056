"""Recovery: what makes sure that every accepted message is answered, whoever died on the way.

- `reap` returns the running turns of workers whose lease ran out;
- `sweep` finds queued turns that have no job;
- `reannounce` finds finished turns whose last event never reached the log;
- `mend_logs` drops logs that miss an event, so that their clients get a snapshot.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import django_rq
from django.conf import settings
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.utils import now

from conversations.delivery import eventlog
from conversations.delivery.announce import announce
from conversations.turns.finish import failed_event
from conversations.turns.queue import QUEUE, enqueue, job_id
from parley.pools import postgres
from parley.threads import in_thread

log = logging.getLogger(__name__)
UNQUEUED_SECONDS = 3.0
BATCH = 500
DEAD = """
    UPDATE conversations_turn t SET
        state = CASE WHEN t.attempt >= %(most)s THEN 'failed' ELSE 'queued' END,
        finished_at = CASE WHEN t.attempt >= %(most)s THEN now() END,
        error = CASE WHEN t.attempt >= %(most)s THEN 'attempts' ELSE 'worker_lost' END,
        error_detail = CASE WHEN t.attempt >= %(most)s
            THEN 'Given up: its worker died ' || t.attempt || ' times. See the workers'' logs.'
            ELSE 'The worker of attempt ' || t.attempt || ' died; the turn was started again.' END,
        queued_at = now(), owner = ''
    WHERE t.id IN (
        SELECT d.id FROM conversations_turn d WHERE d.state = 'running' AND NOT EXISTS (
            SELECT 1 FROM conversations_workerlease w WHERE w.owner = d.owner AND w.expires_at > clock_timestamp())
        ORDER BY d.id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    RETURNING t.id, t.attempt, t.conversation_id, t.state
"""
FORGET_LEASES = "DELETE FROM conversations_workerlease WHERE expires_at < now() - interval '1 hour'"
WAITING = """
    SELECT t.id, t.attempt FROM conversations_turn t
    WHERE t.state = 'queued' AND t.queued_at < now() - %s * interval '1 s' AND NOT EXISTS (
        SELECT 1 FROM conversations_turn e
        WHERE e.conversation_id = t.conversation_id AND e.id < t.id AND e.state IN ('queued', 'running'))
    ORDER BY t.id LIMIT %s
"""
FINISHED = """
    SELECT t.conversation_id, t.id, t.finished_at FROM conversations_turn t
    WHERE (t.finished_at, t.id) > (%s, %s) AND t.finished_at < now() - interval '2 s'
      AND t.state IN ('answered', 'failed')
    ORDER BY t.finished_at, t.id LIMIT %s
"""
BROKEN = "SELECT id FROM conversations_conversation WHERE log_broken_at IS NOT NULL LIMIT %s"
MENDED = "UPDATE conversations_conversation SET log_broken_at = NULL WHERE id = ANY(%s)"
START = "SELECT now() - interval '10 minutes', 0"


async def reap() -> int:
    """Return dead workers' turns to the queue, or give them up at the last attempt; how many."""
    values = {"most": settings.MAX_ATTEMPTS, "batch": BATCH}
    dead = await _rows(DEAD, values)
    for turn, attempt, conversation, state in dead:
        if state == "failed":
            await announce(conversation, failed_event(turn, attempt, "attempts"))
        else:
            await enqueue(turn, attempt)
    if dead:
        log.warning("Took %s turns from workers that died", len(dead))
        await _run(FORGET_LEASES)
    return len(dead)


async def sweep() -> int:
    """Enqueue queued turns that no job will look at; how many. Raises RedisError."""
    waiting = await _rows(WAITING, [UNQUEUED_SECONDS, BATCH])
    if not waiting:
        return 0
    held = await in_thread(_jobs_held)
    lost = [(turn, attempt) for turn, attempt in waiting if job_id(turn, attempt) not in held]
    for turn, attempt in lost:
        log.warning("Turn %s had no job", turn)
        await enqueue(turn, attempt)
    return len(lost)


def _jobs_held() -> set[str]:
    """Ids in the queue, and of jobs that a worker started a moment ago and will claim its turn with.

    One that started longer ago and has claimed nothing belongs to a worker that died in between.
    """
    queue = django_rq.get_queue(QUEUE)
    started = StartedJobRegistry(queue=queue).get_job_ids(cleanup=False)
    jobs = Job.fetch_many(started, connection=queue.connection, serializer=queue.serializer)
    horizon = now() - timedelta(seconds=settings.LEASE_SECONDS)
    fresh = {job.id for job in jobs if job and job.started_at and job.started_at > horizon}
    return set(queue.get_job_ids()) | fresh


async def reannounce(since: Any) -> Any:
    """Drop the logs of conversations whose turn ended without its last event; the new `since`. Raises RedisError."""
    if since is None:
        since = (await _rows(START, []))[0]
    finished = await _rows(FINISHED, [*since, BATCH])
    if not finished:
        return since
    told = await eventlog.closed_turns([(conversation, turn) for conversation, turn, _ in finished])
    for (conversation, turn, _), closed in zip(finished, told, strict=True):
        if not closed:
            log.warning("The end of turn %s had not been told", turn)
            await eventlog.drop(conversation)
    return finished[-1][2], finished[-1][1]


async def mend_logs() -> int:
    """Drop the logs that miss an event; how many. Raises RedisError."""
    broken: list[UUID] = [row[0] for row in await _rows(BROKEN, [BATCH])]
    for conversation in broken:
        await eventlog.drop(conversation)
    if broken:
        await _run(MENDED, [broken])
    return len(broken)


async def _rows(statement: str, values: Any) -> list[Any]:
    async with (await postgres()).connection() as connection:
        return await (await connection.execute(statement, values)).fetchall()


async def _run(statement: str, values: Any = None) -> None:
    async with (await postgres()).connection() as connection:
        await connection.execute(statement, values)
