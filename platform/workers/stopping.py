"""Signals: the first asks the worker to end when its jobs have, the second to end at once."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rq.utils import now

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)
TWIN = 1.0  # seconds: a terminal and a supervisor both send the first signal


class Stopping:
    """`first` and `second` are set by SIGINT and SIGTERM."""

    def __init__(self, worker: "AsyncWorker") -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._since = 0.0
        self.first, self.second = asyncio.Event(), asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether the worker should end."""
        return self.first.is_set()

    def watch(self, tell: Callable[[], None]) -> None:
        """Call `tell` after each signal. Off the main thread there are no signals to watch."""
        with suppress(ValueError, RuntimeError):
            for number in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(number, self._received, tell)

    def _received(self, tell: Callable[[], None]) -> None:
        if not self.asked:
            self._since = self._loop.time()
            self._worker._shutdown_requested_date = now()  # noqa: SLF001
            log.warning("Ending: no more jobs are taken. A second signal hands back those that run")
            self.first.set()
        elif self._loop.time() - self._since >= TWIN:
            self.second.set()
        tell()
