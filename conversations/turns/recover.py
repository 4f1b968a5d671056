"""Recovery: what makes sure that every accepted message is answered, whoever died on the way.

- `reap` returns the running turns of workers whose lease ran out, and `one_last_chance` those that died often;
- `disown` lets go of turns that bear a living worker's name although it does not carry them;
- `sweep` and `ParkedSweeper` find queued turns that neither a job nor a rate tier will bring back;
- `Reannouncer` finds finished turns whose last event never reached the log;
- `mend_logs` drops logs that miss an event, so that their clients get a snapshot.

All of it bears being done twice at once: every change is a compare-and-set, and a second job for a turn does nothing.
"""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings

from conversations.delivery import eventlog
from conversations.delivery.announce import announce
from conversations.turns import observing
from conversations.turns.finish import cancelled_event, failed_event
from conversations.turns.jobless import Job, Waiting, look_up
from conversations.turns.lease import worker_lease
from conversations.turns.queue import enqueue_all
from parley.pools import postgres, redis
from routing.admission import entered

log = logging.getLogger(__name__)
UNQUEUED_SECONDS = 2.0  # a turn is given so long to get its job
BATCH = 500
LOOKED_AT = 300  # queued turns in one sweep: the queue is worked off oldest first, so later ones can wait for theirs

# Dead: running, and the owner has no living lease. `fate` is the state that it gets.
_DEAD = """
    SELECT d.id, CASE WHEN d.stopped_at IS NOT NULL THEN 'cancelled'
                      WHEN d.attempt - d.parks >= %(most)s THEN 'failed' ELSE 'queued' END AS fate
    FROM conversations_turn d WHERE d.state = 'running' AND NOT EXISTS (
        SELECT 1 FROM conversations_workerlease w WHERE w.owner = d.owner AND w.expires_at > clock_timestamp())
"""
_TAKE = """
    UPDATE conversations_turn t SET
        state = dead.fate, owner = '', queued_at = now(),
        finished_at = CASE WHEN dead.fate <> 'queued' THEN now() END,
        error = CASE dead.fate WHEN 'failed' THEN 'attempts' WHEN 'queued' THEN 'worker_lost' ELSE '' END,
        error_detail = CASE dead.fate
            WHEN 'failed' THEN 'Given up: its worker died ' || t.attempt - t.parks || ' times. See the workers'' logs.'
            WHEN 'queued' THEN 'The worker of attempt ' || t.attempt || ' died; the turn was started again.'
            ELSE '' END
    FROM dead WHERE t.id = dead.id
    RETURNING t.id, t.attempt, t.conversation_id, t.state
"""
DEAD = f"""
    WITH dead AS ({_DEAD} AND (d.attempt - d.parks <> %(last)s OR d.stopped_at IS NOT NULL)
                  ORDER BY d.id LIMIT %(batch)s FOR UPDATE SKIP LOCKED) {_TAKE}
"""
# The turns that a poisoned one took down with it must not be given up with it: they go one by one to the last attempt.
LAST_CHANCE = f"""
    WITH dead AS ({_DEAD} AND d.attempt - d.parks = %(last)s AND NOT EXISTS (
            SELECT 1 FROM conversations_turn o
            WHERE o.id <> d.id AND (
                (o.state = 'running' AND o.attempt - o.parks = %(most)s)
                OR (o.state = 'queued' AND o.attempt - o.parks = %(last)s AND o.error = 'worker_lost'
                    AND o.parked_at IS NULL)))
        ORDER BY d.id LIMIT 1 FOR UPDATE SKIP LOCKED) {_TAKE}
"""  # noqa: S608 - of constants
# Where Postgres went away in the middle of a claim or of giving back, a living worker may own what it does not carry.
DISOWN = """
    UPDATE conversations_turn SET owner = '' WHERE state = 'running' AND owner = %s AND NOT id = ANY(%s)
      AND started_at < clock_timestamp() - interval '1 s'
"""
FORGET_LEASES = "DELETE FROM conversations_workerlease WHERE expires_at < now() - interval '1 hour'"
WAITING = """
    SELECT t.id, t.attempt FROM conversations_turn t
    WHERE t.state = 'queued' AND t.parked_at IS NULL AND t.queued_at < now() - %s * interval '1 s' AND NOT EXISTS (
        SELECT 1 FROM conversations_turn e
        WHERE e.conversation_id = t.conversation_id AND e.id < t.id AND e.state IN ('queued', 'running'))
    ORDER BY t.id LIMIT %s
"""
PARKED = """
    SELECT t.id, t.attempt, t.parked_in FROM conversations_turn t
    WHERE t.state = 'queued' AND t.parked_at < now() - %s * interval '1 s' AND t.id > %s ORDER BY t.id LIMIT %s
"""
# As if a worker without a lease had it: `reap` counts the attempt, and gives the turn up when it was the last.
COUNT_AS_DEAD = """
    UPDATE conversations_turn t SET state = 'running', owner = '', attempt = t.attempt + 1
    FROM unnest(%s::bigint[], %s::int[]) AS given (id, attempt)
    WHERE t.id = given.id AND t.attempt = given.attempt AND t.state = 'queued'
"""
FINISHED = """
    SELECT t.conversation_id, t.id, t.finished_at FROM conversations_turn t
    WHERE (t.finished_at, t.id) > (%s, %s) AND t.finished_at < now() - interval '2 s'
      AND t.state IN ('answered', 'failed', 'cancelled')
    ORDER BY t.finished_at, t.id LIMIT %s
"""
# Of a log that has expired nobody waits for the end.
SINCE = "SELECT greatest(%s::timestamptz, now() - %s * interval '1 s')"
UNKNOWN = "SELECT now() - interval '10 minutes'"
BROKEN = "SELECT id, log_broken_at FROM conversations_conversation WHERE log_broken_at IS NOT NULL LIMIT %s"
MENDED = """
    UPDATE conversations_conversation c SET log_broken_at = NULL
    FROM unnest(%s::uuid[], %s::timestamptz[]) AS given (id, at) WHERE c.id = given.id AND c.log_broken_at = given.at
"""


async def reap() -> int:
    """Return dead workers' turns to the queue, or give them up at the last attempt; how many. Needs Postgres only."""
    taken = 0
    while dead := await _take(DEAD):
        taken += len(dead)
        if len(dead) < BATCH:
            break
    if taken:
        log.warning("Took %s turns from workers that died", taken)
        await _run(FORGET_LEASES)
    return taken


async def disown() -> int:
    """Let go of turns in this worker's name that are not in its hands, for `reap`; how many. In the worker's loop."""
    async with (await postgres()).connection() as connection:
        owner, turns = worker_lease().in_hand()  # read last: a turn that begins after this is too young
        disowned = (await connection.execute(DISOWN, [owner, turns])).rowcount
    if disowned:
        log.warning("Let go of %s turns that nobody carried", disowned)
    return disowned


async def one_last_chance() -> int:
    """Return one dead turn that has one attempt left, unless another one is still at its last; 1 or 0."""
    return len(await _take(LAST_CHANCE))


async def _take(statement: str) -> list[Any]:
    most = settings.MAX_ATTEMPTS
    last = most - 1 if most > 2 else -1  # a first death says nothing yet
    dead = await _rows(statement, {"most": most, "last": last, "batch": BATCH})
    for turn, attempt, conversation, state in dead:
        observing.worker_lost(turn, attempt, conversation, state)
        if state == "failed":
            log.error("Turn %s was given up: its workers died", turn)
            await announce(conversation, failed_event(turn, attempt, "attempts"))
        elif state == "cancelled":
            await announce(conversation, cancelled_event(turn, attempt))
    await enqueue_all([(turn, attempt) for turn, attempt, _, state in dead if state == "queued"])
    return dead


async def sweep() -> int:
    """Enqueue queued turns that no job will look at; how many. Raises RedisError."""
    return await _enqueue_jobless(await _rows(WAITING, [UNQUEUED_SECONDS, LOOKED_AT]))


async def _enqueue_jobless(turns: list[Waiting]) -> int:
    jobs = await look_up(turns)
    lost = [turn for turn, job in jobs.items() if job is Job.NONE]
    hopeless = [turn for turn, job in jobs.items() if job is Job.GIVEN_UP]
    if lost:
        log.warning("%s turns had no job, turn %s the first of them", len(lost), lost[0][0])
        await enqueue_all(lost)
    if hopeless:
        log.error(
            "The jobs of %s turns were given up: their workers died, turn %s's first", len(hopeless), hopeless[0][0]
        )
        await _run(COUNT_AS_DEAD, [[turn for turn, _ in hopeless], [attempt for _, attempt in hopeless]])
    return len(lost) + len(hopeless)


class ParkedSweeper:
    """Goes through the parked turns, some each time; on at once as long as there are some that their lines forgot."""

    def __init__(self) -> None:
        self._after = 0

    async def sweep(self) -> int:
        """Enqueue parked turns that neither their tier nor a job will bring back; how many. Raises RedisError."""
        found = 0
        while turns := await _rows(PARKED, [UNQUEUED_SECONDS, self._after, BATCH]):
            self._after = turns[-1][0] if len(turns) == BATCH else 0
            forgotten = await _forgotten(turns)
            found += await _enqueue_jobless(forgotten)
            if not forgotten or not self._after:
                return found
        self._after = 0
        return found


async def _forgotten(turns: list[tuple[int, int, str]]) -> list[Waiting]:
    known: set[int] = set()
    for tier in {tier for _, _, tier in turns}:
        known |= await entered(tier, [turn for turn, _, parked_in in turns if parked_in == tier])
    return [(turn, attempt) for turn, attempt, _ in turns if turn not in known]


class Reannouncer:
    """Goes through finished turns once. How far it came is kept in Redis for the next leader."""

    KEY = "parley:reannounced"

    def __init__(self) -> None:
        self._since: tuple[datetime, int] | None = None

    async def reannounce(self) -> int:
        """Drop the logs of conversations whose turn ended without its last event; how many. Raises RedisError."""
        dropped = 0
        since = self._since or await self._kept()
        while finished := await _rows(FINISHED, [*since, BATCH]):
            dropped += await _drop_untold(finished)
            since = finished[-1][2], finished[-1][1]
            await redis().set(self.KEY, f"{since[0].isoformat()} {since[1]}")
            if len(finished) < BATCH:
                break
        self._since = since
        return dropped

    async def _kept(self) -> tuple[datetime, int]:
        kept: Any = await redis().get(self.KEY)
        if kept is None:
            return (await _rows(UNKNOWN, []))[0][0], 0
        at, turn = kept.decode().split()
        return (await _rows(SINCE, [at, settings.EVENT_LOG_SECONDS]))[0][0], int(turn)


async def _drop_untold(finished: list[Any]) -> int:
    told = await eventlog.closed_turns([(conversation, turn) for conversation, turn, _ in finished])
    untold = [row for row, closed in zip(finished, told, strict=True) if not closed]
    for conversation, turn, _ in untold:
        log.warning("The end of turn %s had not been told", turn)
        await eventlog.drop(conversation)
    return len(untold)


async def mend_logs() -> int:
    """Drop the logs that miss an event; how many. Raises RedisError."""
    broken = await _rows(BROKEN, [BATCH])
    for conversation, _ in broken:
        await eventlog.drop(conversation)
    if broken:
        await _run(MENDED, [[row[0] for row in broken], [row[1] for row in broken]])
    return len(broken)


async def _rows(statement: str, values: Any) -> list[Any]:
    async with (await postgres()).connection() as connection:
        return await (await connection.execute(statement, values)).fetchall()


async def _run(statement: str, values: Any = None) -> None:
    async with (await postgres()).connection() as connection:
        await connection.execute(statement, values)
