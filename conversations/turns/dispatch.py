"""Dispatch: let waiting turns out of the rate tiers' lines as soon as they may go, and tell the others their place.

Runs in the leader among the workers. Everything it knows is in Redis and Postgres: another that takes over, or two at
once for a moment, do no harm.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.turns.places import Places
from conversations.turns.queue import enqueue_all
from parley.pools import postgres
from routing.admission import Tier, all_tiers, dispatch, leave, wait_for_work

log = logging.getLogger(__name__)
AWAY = (RedisError, OSError, OperationalError, PoolTimeout)
LOOK_SECONDS = 1.0  # every tier is looked at so often, woken or not
GATHER_SECONDS = 0.02  # grants that fall due within so long go out together
PLACES_SECONDS = 2.0
QUEUED = "SELECT id, attempt FROM conversations_turn WHERE id = ANY(%s) AND state = 'queued'"


async def dispatch_forever() -> None:
    """Until cancelled. While Redis or Postgres is away it waits."""
    dispatcher = Dispatcher()
    while True:
        try:
            await dispatcher.round()
        except AWAY as error:
            log.warning("The dispatcher waits (%s)", type(error).__name__)
            await asyncio.sleep(1)


class Dispatcher:
    """When each tier's next turn is due, and what waiting clients were told."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}  # tier: monotonic seconds
        self._places = Places()
        self._told = float("-inf")

    async def round(self) -> None:
        """Let out what is due, then sleep until the next is, or until somebody rings. Raises AWAY."""
        tiers = {tier.key: tier for tier in await all_tiers()}
        now = time.monotonic()
        await self._let_out([tier for tier in tiers.values() if self._due.get(tier.key, now) <= now], now)
        if now - self._told >= PLACES_SECONDS:
            self._told = now
            await self._places.tell(list(tiers.values()))
        next_due = min((self._due[key] for key in tiers), default=now + LOOK_SECONDS)
        for key in await wait_for_work(max(next_due - time.monotonic(), GATHER_SECONDS)):
            self._due[key] = 0.0

    async def _let_out(self, tiers: Sequence[Tier], now: float) -> None:
        """Grant what fits, and enqueue it; note when there is more to do."""
        out: dict[int, str] = {}
        for tier, found in zip(tiers, await dispatch(tiers), strict=True):
            out |= dict.fromkeys([*found.granted, *found.recheck], tier.key)
            soon = LOOK_SECONDS if found.next_due is None else max(found.next_due, GATHER_SECONDS)
            self._due[tier.key] = now + min(soon, LOOK_SECONDS)
        if out:
            await _enqueue(out)


async def _enqueue(out: Mapping[int, str]) -> None:
    """Turns, each with its tier's key."""
    async with (await postgres()).connection() as connection:
        rows: list[Any] = await (await connection.execute(QUEUED, [list(out)])).fetchall()
    attempts = dict(rows)
    await enqueue_all([(turn, attempts[turn]) for turn in out if turn in attempts])
    for turn, tier in out.items():
        if turn not in attempts:  # cancelled, or answered by another way: its place is free
            await leave(tier, turn)
