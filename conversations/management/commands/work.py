"""`manage.py work`: a worker for the queues `turns` and `default`."""

import logging
import time
from typing import Any

import django_rq
from django.core.management.base import BaseCommand
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)
QUEUES = ("turns", "default")


class Command(BaseCommand):
    """Run until a signal."""

    help = "Answers turns and does background work."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Blocks until SIGINT or SIGTERM; a job in hand is finished first."""
        queues = [django_rq.get_queue(name) for name in QUEUES]
        _wait_for_redis(queues[0].connection)
        _warm_up()
        SimpleWorker(
            queues, connection=queues[0].connection, serializer=JSONSerializer, log_job_description=False
        ).work(logging_level="WARNING")


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
    """Import the SDKs and load the embedding model now, not in the first turn."""
    from conversations.turns import run  # noqa: F401 - what the first job would import
    from memory.embedding import embedder
    from routing.providers import warm_up

    embedder().warm_up()
    warm_up()
