"""Bounded connections of a process: one Postgres pool and one Redis pool for each running event loop.

They are made on first use and belong to the loop that made them, because an asynchronous connection cannot leave its
loop. Whoever runs a loop of its own closes them with `async with resources():`; daphne's loop lives as long as
its process.
"""

import asyncio
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.base import AttemptWithBackoff
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from parley.background import end
from parley.redis_connection import cancellable

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]
Closer = Callable[[], Awaitable[None]]
CHECK_SECONDS = 1.0

_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = weakref.WeakKeyDictionary()
_redis: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, "Redis"] = weakref.WeakKeyDictionary()
_checked: weakref.WeakKeyDictionary[AsyncConnection[Any], float] = weakref.WeakKeyDictionary()
_closers: list[Closer] = []

# psycopg's pools, Django's among them, double their wait for a server that is away, up to minutes: nobody would have a
# connection for as long after it is back. They look steadily instead.
AttemptWithBackoff.INITIAL_DELAY, AttemptWithBackoff.DELAY_BACKOFF = 0.25, 1.0  # seconds, factor


def postgres_dsn() -> str:
    """The default database's address, as Django sees it now (a test run has another name for it)."""
    parameters = connections["default"].get_connection_params()
    ours = {"client_encoding", "options", "prepare_threshold"}  # set for Django's connections; ours have their own
    given = {name: value for name, value in parameters.items() if isinstance(value, str | int) and name not in ours}
    return make_conninfo("", **given)


async def postgres() -> Pool:
    """This loop's pool: at most PARLEY_POOL_SIZE connections; waiting for one longer than 20 s is PoolTimeout."""
    loop = asyncio.get_running_loop()
    if (pool := _pools.get(loop)) is None:
        pool = _pools[loop] = AsyncConnectionPool(
            postgres_dsn(),
            kwargs={"autocommit": True, "options": "-c timezone=UTC"},
            min_size=0,
            max_size=settings.POOL_SIZE,
            timeout=20,
            max_idle=120,
            open=False,
            check=_check_now_and_then,
        )
        await pool.open()
    return pool


async def _check_now_and_then(connection: AsyncConnection[Any]) -> None:
    """Ask the server once a second whether the connection is alive, not at each use: that doubled the round trips.

    One that broke within the second fails in the statement, as it may at any time.
    """
    now = asyncio.get_running_loop().time()
    if now - _checked.get(connection, float("-inf")) >= CHECK_SECONDS:
        await AsyncConnectionPool.check_connection(connection)
        _checked[connection] = now


def redis() -> "Redis":
    """This loop's Redis client. Commands fail within seconds when Redis is away; they are tried again once."""
    loop = asyncio.get_running_loop()
    if (client := _redis.get(loop)) is None:
        pool: Any = cancellable(
            BlockingConnectionPool.from_url(
                settings.REDIS_URL,
                max_connections=32,
                timeout=10,
                socket_timeout=5,
                socket_connect_timeout=3,
                health_check_interval=15,
                retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 1),
            )
        )
        client = _redis[loop] = Redis(connection_pool=pool)
    return client


def on_close(closer: Closer) -> None:
    """Register what else a loop holds (provider clients, subscriptions): awaited by `close`, in that loop."""
    _closers.append(closer)


async def close() -> None:
    """Close everything that this loop opened, after ending its background work, which would open it again."""
    loop = asyncio.get_running_loop()
    await end()
    for closer in _closers:
        await closer()
    if pool := _pools.pop(loop, None):
        await pool.close()
    if client := _redis.pop(loop, None):
        await client.aclose(close_connection_pool=True)


@asynccontextmanager
async def resources() -> AsyncIterator[None]:
    """The life of a loop's connections: closed on the way out, whatever happened."""
    try:
        yield
    finally:
        await close()
