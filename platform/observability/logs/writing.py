"""A thread of each process writes what was recorded, ten times a second, and at once when there is trouble.

It begins with the first record; in a process that was forked off, it begins anew. While Redis is away, or full, records
are held in Postgres; while neither takes them they wait here, within bounds. Whatever is dropped then is counted.
"""

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable

from django.conf import settings
from django.db import Error, connections
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from observability.logs import holding
from observability.logs.buffer import buffer
from observability.logs.current import Current, current
from observability.logs.gathering import Batch, Numbers, gathered, local_offset
from observability.logs.holding import Held
from observability.statistics import add

log = logging.getLogger(__name__)
AWAY = (Error, PostgresError, PoolTimeout, OSError)
NO_REDIS = (RedisError, OSError)
REDIS_PAUSE = 2.0  # seconds that a Redis which failed is left alone
WAITING = 16 << 20  # bytes that wait here while neither server takes them
TOLD_EACH = 10.0  # seconds between two lines about what was dropped


class Writer:
    """Of one process. `flush` is for one thread at a time."""

    def __init__(self) -> None:
        self._numbers = Numbers()
        self._offset: float | None = None
        self._redis_after = 0.0
        self._left: deque[Held] = deque()
        self._lock = threading.Lock()
        self._lost, self._told = 0, 0.0

    @property
    def waiting(self) -> bool:
        """Whether something could not be written."""
        return bool(self._left)

    def flush(self) -> None:
        """Write what was recorded; never raises."""
        with self._lock:
            try:
                self._flush()
            except Exception:
                log.exception("Records could not be written")
            self._tell(buffer.dropped_since())

    def _flush(self) -> None:
        if self._offset is None:
            self._learn_the_time()
        now = current()
        pieces = [*self._left, *holding.pieces_of(self._gathered(now))]
        self._left.clear()
        try:
            pieces = self._in_redis(pieces, now)
        finally:
            self._in_postgres(pieces)

    def _gathered(self, now: Current) -> list[Batch]:
        entries = buffer.take()
        try:
            return gathered(entries, now, self._numbers, self._offset or 0.0)
        except Exception:
            self._lost += len(entries)
            raise

    def _learn_the_time(self) -> None:
        try:
            self._offset = local_offset(holding.clock())
        except NO_REDIS:
            self._redis_after = time.monotonic() + REDIS_PAUSE

    def _in_redis(self, pieces: list[Held], now: Current) -> list[Held]:
        """What is left for Postgres."""
        if not pieces or time.monotonic() < self._redis_after:
            return pieces
        try:
            left, clock = holding.in_redis(pieces, now)
        except NO_REDIS as error:
            log.warning("Logs are held in Postgres while Redis is away (%s)", type(error).__name__)
            self._redis_after = time.monotonic() + REDIS_PAUSE
            return pieces
        self._offset = local_offset(clock)
        return left

    def _in_postgres(self, pieces: list[Held]) -> None:
        if not pieces:
            return
        try:
            self._offset = local_offset(holding.in_postgres(pieces))
        except AWAY as error:
            log.warning("Logs wait: Postgres does not take them (%s)", type(error).__name__)
            self._wait(pieces)

    def _wait(self, pieces: Iterable[Held]) -> None:
        """The oldest go when there are too many; those that say there is trouble stay longest."""
        kept, room = list[Held](), WAITING
        for batch, chunk in sorted(pieces, key=lambda piece: not piece[0].reasons):
            room -= len(chunk.data) + 200 if chunk else 200
            if room > 0:
                kept.append((batch, chunk))
            else:
                self._lost += chunk.records if chunk else 0
        self._left.extend(kept)

    def _tell(self, dropped: int) -> None:
        self._lost += dropped
        if self._lost and time.monotonic() - self._told > TOLD_EACH:
            log.error("%s log records were dropped: neither Redis nor Postgres takes them fast enough", self._lost)
            add("log_records_lost", float(self._lost))
            self._lost, self._told = 0, time.monotonic()


writer = Writer()
_thread: threading.Thread | None = None
_ending = threading.Event()


def flush() -> None:
    """Write what was recorded in this process, now. Never raises; over Django's connection of this thread."""
    writer.flush()


def start() -> None:
    """Begin to write by itself, unless PARLEY_LOG_SECONDS is 0."""
    global _thread  # noqa: PLW0603 - a process has one
    if settings.LOG_SECONDS and _thread is None:
        _thread = threading.Thread(target=_work, name="logs", daemon=True)
        _thread.start()
        atexit.register(end)


def end() -> None:
    """Stop the thread after it has written what there is; waits seconds at most."""
    _ending.set()
    buffer.hurry.set()
    buffer.wake.set()
    if _thread:
        _thread.join(3)


def _work() -> None:
    while not _ending.is_set():
        buffer.wake.wait(1.0 if writer.waiting else None)
        buffer.hurry.wait(settings.LOG_SECONDS)
        buffer.wake.clear()
        buffer.hurry.clear()
        writer.flush()
        connections.close_all()  # back to the pool
        if writer.waiting:
            _ending.wait(0.5)  # whatever is wrong with the servers does not pass in less


def _forked() -> None:
    global _thread, writer
    _thread, writer = None, Writer()
    _ending.clear()
    buffer.start_anew(start)


os.register_at_fork(after_in_child=_forked)
