"""Texts that wait while others are embedded go together afterwards: a batch costs less than its texts one by one.

Nobody waits for a batch to fill: with nothing under way, a text is embedded at once and alone.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from numpy import float32
from numpy.typing import NDArray

from memory.embedding.errors import EmbedderError, TextRefused

Vectors = NDArray[float32]
Embed = Callable[[Sequence[str]], Vectors]
Request = tuple[Sequence[str], "Future[Vectors]"]
TOGETHER = 8  # texts; of more, the first would wait for the last. Over a network the wait is the same for many


class Gathering:
    """Some threads that call `embed`. Any thread may ask."""

    def __init__(self, embed: Embed, threads: int, together: int = TOGETHER) -> None:
        self._embed = embed
        self._together = together
        self._waiting: deque[Request] = deque()
        self._lock = threading.Lock()
        self._free = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="embed")

    def ask(self, texts: Sequence[str]) -> "Future[Vectors]":
        """The vectors of the texts, in their order. Who cancels it before its turn costs nothing."""
        future: Future[Vectors] = Future()
        with self._lock:
            self._waiting.append((texts, future))
            if self._free:
                self._free -= 1
                self._threads.submit(self._work)
        return future

    def _work(self) -> None:
        while batch := self._next():
            self._answer([(texts, future) for texts, future in batch if future.set_running_or_notify_cancel()])

    def _next(self) -> list[Request]:
        """The requests that have waited longest: one, and as many more as go with it."""
        batch: list[Request] = []
        count = 0
        with self._lock:
            while self._waiting and (not batch or count + len(self._waiting[0][0]) <= self._together):
                batch.append(self._waiting.popleft())
                count += len(batch[-1][0])
            if not batch:
                self._free += 1
        return batch

    def _answer(self, batch: list[Request]) -> None:
        try:
            vectors = self._embed([text for texts, _ in batch for text in texts])
        except Exception as error:  # noqa: BLE001 - it is the askers'
            self._fail(batch, error)
            return
        first = 0
        for texts, future in batch:
            future.set_result(vectors[first : first + len(texts)])
            first += len(texts)

    def _fail(self, batch: list[Request], error: Exception) -> None:
        """One text's failure must not be the others': each is tried alone. An embedder that is away is away for all."""
        if len(batch) == 1 or (isinstance(error, EmbedderError) and not isinstance(error, TextRefused)):
            for _, future in batch:
                future.set_exception(error)
            return
        for request in batch:
            self._answer([request])
