"""Park: a turn that waits for a model gives its slot and its job back, and keeps what was prepared.

First Postgres, then the line in Redis: a worker that dies in between leaves a parked turn that no line knows, which
the sweeper finds; the other way round a grant could reach a turn that is not waiting yet.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.turns import observing
from conversations.turns.claim import ClaimedTurn
from conversations.turns.finish import give_back
from conversations.turns.plan import Plan
from conversations.turns.queue import enqueue
from parley.pools import postgres
from routing.admission import Admitted, Tier, Waiting, abandon, hold

log = logging.getLogger(__name__)
PARKED = """
    UPDATE conversations_turn
    SET state = 'queued', queued_at = now(), owner = '', parked_at = now(), parked_in = %(tier)s, parks = parks + 1,
        plan = %(plan)s
    WHERE id = %(id)s AND state = 'running' AND owner = %(owner)s AND attempt = %(attempt)s AND stopped_at IS NULL
"""
Enter = Callable[[], Awaitable[Admitted | Waiting]]


class Parked(Exception):
    """The turn waits; this attempt has nothing more to do."""

    trace_state = "parked"


async def park_in_line(turn: ClaimedTurn, plan: Plan, tier: Tier, enter: Enter) -> None:
    """Park in the tier's line, and tell the clients the place. Raises LostTurn, Parked when it was stopped."""
    await _park(turn, plan, tier.key)
    observing.parked(tier.key, plan.waited)
    try:
        entered = await enter()
    except (RedisError, OSError) as error:
        log.warning("Turn %s is parked; the sweeper puts it in line (%s)", turn.id, type(error).__name__)
        return
    if isinstance(entered, Admitted):  # room came in between, for the next attempt, in whichever process
        await abandon(tier, turn.id)
        await enqueue(turn.id, turn.attempt)
    else:
        await announce(turn.conversation, place_event(turn.id, turn.attempt, entered, tier, plan.waited))


async def park_until(turn: ClaimedTurn, plan: Plan, tier: Tier, seconds: float) -> None:
    """Park in no line, to be looked at again after so many seconds. Raises Parked, LostTurn."""
    await _park(turn, plan, tier.key)
    observing.parked(tier.key, plan.waited)
    try:
        await hold(tier, turn.id, seconds)
    except (RedisError, OSError) as error:
        log.warning("Turn %s is parked; the sweeper looks at it (%s)", turn.id, type(error).__name__)
    raise Parked


def place_event(turn: int, attempt: int, waiting: Waiting, tier: Tier, waited: float) -> Event:
    """Where the turn stands. `late`: beyond the wait that the administrator set, so far or as it looks."""
    late = waited + (waiting.seconds or 0) > tier.late_seconds
    seconds = None if waiting.seconds is None else round(waiting.seconds, 1)
    return Event("place", {"place": waiting.place, "seconds": seconds, "late": late}, turn=turn, attempt=attempt)


async def _park(turn: ClaimedTurn, plan: Plan, key: str) -> None:
    plan.waiting_since = plan.waiting_since or time.time()
    values = {"id": turn.id, "owner": turn.owner, "attempt": turn.attempt, "tier": key}
    async with (await postgres()).connection() as connection:
        parked = await connection.execute(PARKED, {**values, "plan": json.dumps(plan.as_json())})
    if parked.rowcount != 1:
        await give_back(turn, "", "")  # it was stopped meanwhile, and is over now; or it is not ours: LostTurn
        raise Parked
