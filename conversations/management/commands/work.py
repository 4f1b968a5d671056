"""`manage.py work`: a worker for the queues `turns` and `default`, hundreds of jobs at once, and the recovery."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import django_rq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connections
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from conversations.turns import chores
from conversations.turns.lease import worker_lease
from observability.prometheus.server import served
from parley.background import settled
from parley.memory_use import settle_down
from parley.pools import resources
from workers import AsyncWorker

log = logging.getLogger(__name__)
QUEUES = ("turns", "default")
LAST_WORK = 3.0  # seconds for what jobs have left to do behind them


class Command(BaseCommand):
    """Run until a signal."""

    help = "Answers turns, does background work, and takes over from workers that died."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much at once."""
        parser.add_argument(
            "--concurrency", type=int, default=settings.CONCURRENCY, help="jobs at once (%(default)s)", metavar="N"
        )

    def handle(self, *_args: Any, concurrency: int, **_options: Any) -> None:
        """Blocks until SIGINT or SIGTERM; jobs in hand get PARLEY_GRACE_SECONDS, a second signal hands them back."""
        queues = [django_rq.get_queue(name) for name in QUEUES]
        _wait_for_redis(queues[0].connection)
        _warm_up()
        AsyncWorker(
            queues,
            connection=queues[0].connection,
            serializer=JSONSerializer,
            log_job_description=False,
            concurrency=concurrency,
            lease_seconds=settings.LEASE_SECONDS,
            grace_seconds=settings.GRACE_SECONDS,
            most_losses=settings.MAX_ATTEMPTS,
            around=_around,
        ).work(logging_level="WARNING")


@asynccontextmanager
async def _around() -> AsyncIterator[None]:
    """What all turns share: connections, and one lease. And what every worker does beside them."""
    async with served(), resources(), worker_lease().held():
        async with chores.kept():
            yield
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORK):
                await settled()


def _wait_for_redis(connection: Any) -> None:
    while True:
        try:
            connection.ping()
        except (RedisError, OSError) as error:
            log.warning("Waiting for Redis (%s). Start it, or correct REDIS_URL.", type(error).__name__)
            time.sleep(1)
        else:
            return


def _warm_up() -> None:
    """Import the SDKs of the models there are, and load the embedding model, now and not in the first turn."""
    from conversations.turns import run  # noqa: F401 - what the first job would import
    from memory.embedding import embedder, local_embedder
    from memory.stores import store
    from observability import otlp
    from routing.providers import warm_up
    from routing.ready import ready_now

    for each in {local_embedder(), embedder()}:
        each.warm_up()
    store().warm_up()
    with suppress(Error, PoolTimeout):  # the first turn waits for Postgres anyway
        warm_up({model.config.vendor for model in ready_now().models})
    connections.close_all()
    otlp.warm_up()
    settle_down()
