"""`manage.py recover`: the small process that returns dead workers' turns and finds turns without a job."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.management.base import BaseCommand
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.turns import recover
from memory.knowledge.indexing import index_pending
from parley.pools import resources
from parley.threads import in_database_thread

log = logging.getLogger(__name__)
AWAY = (OperationalError, PoolTimeout, RedisError, OSError)


class Command(BaseCommand):
    """Run until a signal; any number may run, one is enough."""

    help = "Returns the turns of dead workers to the queue, finds turns without a job, mends event logs."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Blocks until SIGINT or SIGTERM."""
        asyncio.run(_main())


async def _main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with resources():
        chores = [
            asyncio.create_task(_every(seconds, chore))
            for seconds, chore in (
                (0.5, recover.reap),
                (1, recover.sweep),
                (1, recover.mend_logs),
                (1, _reannounced()),
                (5, _index),
            )
        ]
        await stop.wait()
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)


async def _every(seconds: float, chore: Callable[[], Awaitable[Any]]) -> None:
    while True:
        try:
            await chore()
        except AWAY as error:
            log.warning(
                "Recovery waits: %s: %s",
                type(error).__name__,
                str(error).splitlines()[0] if str(error) else "",
            )
        except Exception:
            log.exception("A recovery chore failed; it is tried again")
        await asyncio.sleep(seconds)


def _reannounced() -> Callable[[], Awaitable[Any]]:
    since: Any = None

    async def chore() -> None:
        nonlocal since
        since = await recover.reannounce(since)

    return chore


async def _index() -> None:
    await in_database_thread(index_pending, 20)
