"""Bells: wait for a job in any of several queues, without taking it."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from redis import Redis
from rq.queue import Queue

from workers.connection import AWAY

SECONDS = 1  # that one wait lasts; also how long the end of the process may take for it


class Bells:
    """A thread for each queue, each with a blocking command of its own. `rang` stays until somebody sets it back."""

    def __init__(self, connection: "Redis", queues: int, ring: Callable[[], None]) -> None:
        self._connection, self._ring = connection, ring
        self._pool = ThreadPoolExecutor(queues, "bell")
        self._listening: set[str] = set()
        self.rang = False

    def listen(self, queues: Iterable[Queue]) -> None:
        """Ring once for each of the queues: when it holds a job, or after a second."""
        for queue in queues:
            if queue.key not in self._listening:
                self._listening.add(queue.key)
                future = asyncio.get_running_loop().run_in_executor(self._pool, self._wait, queue.key)
                future.add_done_callback(partial(self._rung, queue.key))

    def close(self) -> None:
        """Do not listen any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _rung(self, key: str, _: "asyncio.Future[None]") -> None:
        self._listening.discard(key)
        self.rang = True
        self._ring()

    def _wait(self, key: str) -> None:
        with suppress(*AWAY):  # the claim that follows says so
            # Moving a list's first entry to its own front changes nothing: it only waits until there is one.
            self._connection.blmove(key, key, SECONDS, "LEFT", "LEFT")
