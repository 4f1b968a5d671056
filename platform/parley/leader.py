"""One leader among any number of processes: whoever holds a lock in Redis, and renews it.

    await lead(work)  # until it is cancelled

A lock that runs out by itself cannot promise that there is one leader at every moment: a process that was frozen works
on until it notices. So what a leader does must do no harm when two do it for a moment. Without Redis nobody leads.
"""

import asyncio
import logging
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from django.conf import settings
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from parley.redis_connection import cancellable

log = logging.getLogger(__name__)
Work = Callable[[], Awaitable[None]]
LOCK = "parley:leader"
SECONDS = 2.0  # that the lock lasts without being renewed
RENEW = 0.5  # seconds between two renewals, and between two tries to get it
AWAY = (RedisError, OSError, TimeoutError)
_FOLDER = Path(__file__).parent
HOLD, LEAVE = ((_FOLDER / f"leader_{name}.lua").read_text() for name in ("hold", "leave"))


async def lead(work: Work) -> None:
    """Run `work` whenever we lead; never returns.

    It is cancelled when another process may lead (the lock was not renewed for as long as it lasts, or is not ours),
    and started again as soon as we lead again. When it ends or fails, the lock is handed over.
    """
    async with _connection() as redis:
        candidate = Candidate(redis)
        while True:
            if await candidate.holds():
                await candidate.serve(work)
            await asyncio.sleep(random.uniform(0.8, 1.2) * RENEW)  # noqa: S311 - so that not all ask at once


class Candidate:
    """This process, and until when the lock is surely its own."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._token = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"  # people may look who leads
        self._until = float("-inf")
        self._away = False

    async def holds(self) -> bool:
        """Take or renew the lock; whether we lead. While Redis is away, we do as long as our last renewal lasts."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        limit = self._until if self._until > began else began + SECONDS
        try:
            async with asyncio.timeout_at(limit):
                held = await self._redis.eval(HOLD, 1, LOCK, self._token, int(1000 * SECONDS))
        except AWAY as error:
            self._tell(error)
        else:
            self._tell(None)
            self._until = began + SECONDS if held else float("-inf")
        return loop.time() < self._until

    async def serve(self, work: Work) -> None:
        """Run the work to its end, or until we may lead no more."""
        task = asyncio.create_task(_guarded(work))
        try:
            while not task.done():
                await asyncio.wait([task], timeout=RENEW)
                if not task.done() and not await self.holds():
                    log.warning("Another process may lead now; this one leaves it to that")
                    return
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._leave()

    async def _leave(self) -> None:
        self._until = float("-inf")
        with suppress(*AWAY):
            async with asyncio.timeout(1):
                await self._redis.eval(LEAVE, 1, LOCK, self._token)

    def _tell(self, error: BaseException | None) -> None:
        if error and not self._away:
            log.warning("Without Redis (%s) no process leads", type(error).__name__)
        self._away = error is not None


async def _guarded(work: Work) -> None:
    try:
        await work()
    except Exception:
        log.exception("The leader's work failed; it is started again")


@asynccontextmanager
async def _connection() -> "AsyncIterator[Redis]":
    """A client of its own: the pool's connections may all be busy, and the lock cannot wait for one."""
    seconds = SECONDS / 2
    pool = ConnectionPool.from_url(
        settings.REDIS_URL, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 1)
    )
    client = Redis(connection_pool=cancellable(pool))
    try:
        yield client
    finally:
        with suppress(*AWAY):
            await client.aclose(close_connection_pool=True)
