"""Chores: what workers do beside their jobs, so that nothing accepted is forgotten.

Every worker returns dead workers' turns, which needs Postgres alone. The rest is done by a leader among them: it would
do no harm if all did it, but it would cost all of them. A job's worker need not be ours: chores run beside any.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError as DjangoInterfaceError
from django.db import OperationalError as DjangoOperationalError
from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.completion import judge_quiet
from conversations.turns import housekeeping, recover
from conversations.turns.dispatch import dispatch_forever
from memory.knowledge.indexing import index_pending
from parley.leader import lead
from parley.outage import Outage
from parley.threads import in_database_thread
from routing.batches import run_batches

log = logging.getLogger(__name__)
AWAY = (
    OperationalError, InterfaceError, DjangoOperationalError, DjangoInterfaceError, PoolTimeout, RedisError, OSError,
)  # fmt: skip


@dataclass(frozen=True)
class Chore:
    """What to do, and the seconds from its end to its next beginning. It bears being done twice at once."""

    name: str
    seconds: float
    do: Callable[[], Awaitable[Any]]


def everywhere() -> list[Chore]:
    """What every worker does."""
    return [Chore("reap", 0.5, recover.reap), Chore("disown", 1, recover.disown)]


def leading() -> list[Chore]:
    """What the leader does, made anew for each time that a process leads."""
    return [
        Chore("sweep", 1, recover.sweep),
        Chore("sweep parked turns", 1, recover.ParkedSweeper().sweep),
        Chore("last chances", 1, recover.one_last_chance),
        Chore("reannounce", 1, recover.Reannouncer().reannounce),
        Chore("mend logs", 1, recover.mend_logs),
        Chore("index articles", 5, _index),
        Chore("batches", 3, run_batches),
        Chore("sum spending", 5, housekeeping.roll_up),
        Chore("embed", 5, housekeeping.embed),
        Chore("fill the vector store", 2, housekeeping.fill_vector_store),
        Chore("extract memories", 5, housekeeping.extract_due),
        Chore("fade memories", 3600, housekeeping.fade),
        Chore("review cached answers", 60, housekeeping.review),
        Chore("verify cached answers", 60, housekeeping.verify_some),
        Chore("suggest cached answers", 900, housekeeping.suggest_daily),
        Chore("judge ended conversations", 30, judge_quiet),
        Chore("gather levels", 10, housekeeping.gather_levels),
        Chore("roll up statistics", 15, housekeeping.roll_up_statistics),
        Chore("keep partitions", 3600, housekeeping.keep_partitions),
        Chore("evaluate alert rules", 15, housekeeping.evaluate_alerts),
        Chore("tell alerts", 3, housekeeping.tell_alerts),
        Chore("forget old alerts", 86_400, housekeeping.forget_alerts),
        Chore("decide on logs", 2, housekeeping.decide_on_logs),
        Chore("tend logs", 60, housekeeping.tend_logs),
        Chore("dispatch", 0, dispatch_forever),
    ]


@asynccontextmanager
async def kept() -> AsyncIterator[None]:
    """Keep the chores going for the block, in this loop."""
    tasks = [asyncio.create_task(keep(everywhere())), asyncio.create_task(lead(lambda: keep(leading())))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep(chores: Sequence[Chore]) -> None:
    """Do each of them again and again; never returns. Whatever fails is told and tried again."""
    async with asyncio.TaskGroup() as group:
        for chore in chores:
            group.create_task(_again_and_again(chore))


async def _again_and_again(chore: Chore) -> None:
    outage = Outage(log, f"`{chore.name}`", "Postgres or Redis")
    while True:
        try:
            await chore.do()
        except AWAY as error:
            outage.failed(error)
        except Exception:
            log.exception("`%s` failed; it is tried again", chore.name)
        else:
            outage.worked()
        await asyncio.sleep(random.uniform(0.75, 1.25) * chore.seconds)  # noqa: S311 - not all at the same moment


async def _index() -> None:
    await in_database_thread(index_pending, 20)
