"""A Redis client that says soon that Redis is away."""

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

AWAY = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError, OSError)  # it passes, so it is tried again


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
