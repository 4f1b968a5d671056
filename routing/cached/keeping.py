"""One index for each process, read again within a second of a change.

Every change puts a new mark in Redis. A lookup asks for the mark when the last look is half a second old; when it is
another, the index is read again in a database thread, and only what changed. A lookup waits for that at most
`PATIENCE_SECONDS`, then goes on with the old one. While Redis is away Postgres is asked for its newest change instead;
it is read every half minute anyway, in case a mark was lost.
"""

import asyncio
import logging
import time
import weakref
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, transaction
from redis.exceptions import RedisError

from parley.pools import redis
from parley.threads import in_database_thread
from routing.cached.index import Index, build
from routing.cached.reading import Read, newest_change, read
from routing.vectors import local_embedder

log = logging.getLogger(__name__)
MARK = "parley:cached:changed"
LOOK_SECONDS = 0.5
ASK_SECONDS = 0.2  # so long for Redis to tell the mark
ANYWAY_SECONDS = 30.0
PATIENCE_SECONDS = 0.5  # a turn waits so long for what changed


@dataclass(frozen=True)
class Kept:
    """What the process holds, and the mark when its reading began."""

    read: Read
    index: Index
    mark: Any
    at: float


class Keeper:
    """The process's index. Its loops share what was read; each of them reads at most once at a time."""

    def __init__(self) -> None:
        self.kept: Kept | None = None
        self._looked = float("-inf")
        self._looking: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]
        self._looking = weakref.WeakKeyDictionary()

    async def current(self) -> Kept | None:
        """The newest that can be had within PATIENCE_SECONDS; None where nothing could be read yet."""
        if time.monotonic() - self._looked >= LOOK_SECONDS or self.kept is None:
            loop = asyncio.get_running_loop()
            if (looking := self._looking.get(loop)) is None or looking.done():
                looking = self._looking[loop] = loop.create_task(self._look())
            patience = PATIENCE_SECONDS if self.kept else 10 * PATIENCE_SECONDS
            await asyncio.wait([looking], timeout=patience)
        return self.kept

    async def settled(self) -> Kept | None:
        """With every change that was committed before the call, however long the reading takes: not for turns."""
        looking = self._looking.get(asyncio.get_running_loop())
        if looking and not looking.done():
            await asyncio.wait([looking])
        await self._look(anyway=True)
        return self.kept

    async def _look(self, *, anyway: bool = False) -> None:
        try:
            self._looked, mark = time.monotonic(), await _mark()
            kept = self.kept
            if kept and not anyway and kept.mark == mark and time.monotonic() - kept.at < ANYWAY_SECONDS:
                return
            self.kept = await in_database_thread(_read_again, kept, mark)
        except (DatabaseError, OSError):
            log.warning("Cached answers could not be read: the last ones stay", exc_info=True)

    def forget(self) -> None:
        """Read everything again at the next question."""
        self.kept, self._looked = None, float("-inf")


keeper = Keeper()


async def _mark() -> Any:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            return await redis().get(MARK)
    except (RedisError, OSError, TimeoutError):
        return await in_database_thread(newest_change)


def _read_again(kept: Kept | None, mark: Any) -> Kept:
    at, embedder = time.monotonic(), local_embedder()
    before = kept.read if kept and kept.index.embedder == embedder.name else None
    found = read(embedder.name, embedder.dimensions, before)
    if kept and before and found.changed == before.changed:
        return Kept(found, kept.index, mark, at)
    return Kept(found, build(found.answers.values(), embedder.name, embedder.dimensions), mark, at)


def tell() -> None:
    """After the commit: every process reads again."""
    transaction.on_commit(_tell, robust=True)


def _tell() -> None:
    from django_rq import get_connection

    try:
        get_connection("turns").set(MARK, uuid4().hex)
    except (RedisError, OSError) as error:
        log.warning("Processes look for changed answers in Postgres while Redis is away: %s", type(error).__name__)
