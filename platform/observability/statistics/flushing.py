"""A thread of each process writes what was added, every few seconds, and once more when the process ends.

It begins with the first value. In a process that was forked off, it begins anew: what the parent had added, the parent
writes. While Postgres is away everything waits in memory, by the minute, for three hours in detail.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import DataError, Error, ProgrammingError, connection, connections
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from observability.statistics import adding
from observability.statistics.slices import joined
from observability.statistics.writing import write
from parley.outage import Outage
from parley.pools import postgres_dsn

log = logging.getLogger(__name__)
AWAY = (Error, psycopg.Error, PoolTimeout, RedisError, OSError)
Outages = dict[Callable[[], None], Outage]  # of each thing that is done
LAST_SECONDS = 3  # that a process which ends waits for Postgres

_one_at_a_time = threading.Lock()
_thread: threading.Thread | None = None
_ending = threading.Event()
also: list[Callable[[], None]] = []  # what the thread does as often: publish levels, write traces


def flush() -> None:
    """Write what was added, over Django's connection of this thread. Raises what that raises; nothing is lost then."""
    with connection.cursor() as cursor:
        _write(cursor)


def start() -> None:
    """Begin to flush by itself, unless PARLEY_STATISTICS_SECONDS is 0."""
    global _thread  # noqa: PLW0603 - a process has one
    if settings.STATISTICS_SECONDS and _thread is None:
        _thread = threading.Thread(target=_work, name="statistics", daemon=True)
        _thread.start()
        atexit.register(end)


def end() -> None:
    """Have the thread do it all once more; what it leaves is written over a connection of our own. Takes seconds."""
    _ending.set()
    if _thread:
        _thread.join(LAST_SECONDS)
        if _thread.is_alive():  # Postgres is away, or hangs: a second one would only hang beside it
            log.warning("The last seconds' statistics were not written: Postgres or Redis did not answer in time")
            return
    if adding.is_empty():
        return
    try:
        with psycopg.connect(postgres_dsn(), connect_timeout=LAST_SECONDS, autocommit=True) as last:
            last.execute("SET statement_timeout = '3s'")
            last.execute("SET timezone = 'UTC'")
            _write(last.cursor())
    except AWAY as error:
        log.warning("The last seconds' statistics were not written: %s", type(error).__name__)


def _write(cursor: Any) -> None:
    with _one_at_a_time:
        taken = adding.take()
        if not taken:
            return
        try:
            adding.slices.offset = write(cursor, joined(taken))
        except (ProgrammingError, DataError, psycopg.ProgrammingError, psycopg.DataError):
            log.exception("Some seconds' statistics cannot be written, and are left out")
        except BaseException:
            adding.slices.give_back(taken)
            raise


def _work() -> None:
    outages: Outages = {}
    while not _ending.wait(settings.STATISTICS_SECONDS):
        _round(outages)
    _round(outages)


def _round(outages: Outages) -> None:
    """Everything once."""
    try:
        for do in (flush, *also):
            if do not in outages:
                outages[do] = Outage(log, f"{do.__module__}.{do.__name__}", "Postgres or Redis")
            _try(do, outages[do])
    finally:
        connections.close_all()  # back to the pool


def _try(do: Callable[[], None], outage: Outage) -> None:
    try:
        do()
    except AWAY as error:
        outage.failed(error)
    except Exception:
        log.exception("%s.%s failed; it is tried again", do.__module__, do.__name__)
    else:
        outage.worked()


def _forked() -> None:
    global _thread, _one_at_a_time
    _thread, _one_at_a_time = None, threading.Lock()
    _ending.clear()
    adding.start_anew(start)


adding.on_first(start)
os.register_at_fork(after_in_child=_forked)
