"""A Redis client that says soon that Redis is away, and waits that grow while it is."""

import logging
from typing import Any

from redis import BlockingConnectionPool, ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError,  # noqa: A004 - redis-py's own
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,  # noqa: A004
)
from redis.retry import Retry

log = logging.getLogger(__name__)
AWAY = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError, OSError)  # it passes, so it is tried again
SHORTEST, LONGEST = 0.1, 1.0  # seconds between two tries


def impatient(connection: "Redis", seconds: float) -> "Redis":
    """A client of the same server whose commands fail within `seconds`; the given one keeps its settings.

    Our loops try again themselves; redis-py's own retries (up to 20 s) would only keep them from looking around.
    A pool of another kind (Sentinel) is used as it is.
    """
    pool = connection.connection_pool
    if type(pool) not in {ConnectionPool, BlockingConnectionPool}:
        return connection
    settings: dict[str, Any] = {
        **pool.connection_kwargs,
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 1),  # a connection that the server closed is opened again at once
    }
    return Redis(connection_pool=ConnectionPool(connection_class=pool.connection_class, **settings))


class Outage:
    """One loop's view of Redis: logs when it goes and comes, and how long to wait before the next try."""

    def __init__(self, what: str) -> None:
        self._what, self._pause = what, 0.0

    def failed(self, error: BaseException) -> float:
        """Note a failure; the seconds to wait."""
        if not self._pause:
            log.warning("%s waits for Redis (%s: %s)", self._what, type(error).__name__, error)
        self._pause = min(max(2 * self._pause, SHORTEST), LONGEST)
        return self._pause

    def worked(self) -> None:
        """Note that a command went through."""
        if self._pause:
            log.warning("%s: Redis is back", self._what)
        self._pause = 0.0
