"""What one event loop knows of the breakers, so that a turn seldom asks Redis."""

import asyncio
import logging
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from redis.exceptions import RedisError

from parley.pools import redis
from routing.breaking.script import POLICY, Reply, State, Word, say

log = logging.getLogger(__name__)
FRESH_SECONDS = 0.25
AWAY_SECONDS = 1.0
"""Redis did not answer: it is left alone for so long, and everything is allowed."""

LONGEST_CALL = 1.0
"""Seconds for one round trip. A turn must not wait for a breaker."""


class Tally:
    """Successes of about the last `window_ms` that Redis was not told of: in good times it need not know."""

    def __init__(self) -> None:
        self._window = self._count = self._before = 0

    def add(self) -> None:
        self._roll()
        self._count += 1

    def take(self) -> int:
        """Return the number and begin again."""
        count, self._count, self._before = self.count, 0, 0
        return count

    @property
    def count(self) -> int:
        self._roll()
        seconds = POLICY.window_ms / 1000
        left = 1 - (time.monotonic() % seconds) / seconds
        return self._count + int(self._before * left)

    def _roll(self) -> None:
        window = int(time.monotonic() // (POLICY.window_ms / 1000))
        if window != self._window:
            self._before = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0


class Known:
    """The loop's view: the newest reply about each model with its time, and successes not yet told."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._replies: dict[int, tuple[float, Reply]] = {}
        self._tallies: dict[int, Tally] = {}
        self._away_until = 0.0
        self._away = False

    @property
    def away(self) -> bool:
        """Whether Redis did not answer just now."""
        return time.monotonic() < self._away_until

    def reply(self, model_id: int) -> Reply | None:
        """The newest reply, however old."""
        return self._replies[model_id][1] if model_id in self._replies else None

    def answer(self, model_id: int) -> bool | float:
        """True when the model may be tried, else the seconds until then; 0.0: its probe is due."""
        at, reply = self._replies.get(model_id, (0.0, None))
        if reply is None or reply.state is State.CLOSED:
            return True
        return max(reply.wait - (time.monotonic() - at), 0.0)

    def probe_is_out(self, model_id: int) -> None:
        """One of this loop has the probe: the others look again after a while."""
        at, reply = self._replies[model_id]
        self._replies[model_id] = at, replace(reply, wait=POLICY.glance_ms / 1000)

    def stale(self, model_ids: Iterable[int]) -> list[int]:
        """The models that Redis must be asked about."""
        oldest = time.monotonic() - FRESH_SECONDS
        return [model for model in model_ids if model not in self._replies or self._replies[model][0] < oldest]

    def tally(self, model_id: int) -> Tally:
        """The successes of a model that are not told yet."""
        return self._tallies.setdefault(model_id, Tally())

    async def refresh(self, model_ids: Sequence[int]) -> None:
        """Ask about those that are stale, once for all callers that want it at the same time."""
        if self.away or not self.stale(model_ids):
            return
        async with self.lock:
            if not self.away and (stale := self.stale(model_ids)):
                await self.say([Word(model, "look", passed=self.tally(model).count) for model in stale])

    async def say(self, words: Sequence[Word]) -> Mapping[int, Reply]:
        """Say the words and keep the replies; nothing comes back while Redis is away."""
        try:
            async with asyncio.timeout(LONGEST_CALL):
                replies = await say(redis(), words)
        except (RedisError, OSError, TimeoutError) as error:
            self._lost(error)
            return {}
        self._back()
        for model, reply in replies.items():
            self._replies[model] = time.monotonic(), reply
            if reply.failing:  # then the successes were counted
                self.tally(model).take()
        return replies

    def _lost(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        self._replies.clear()
        if not self._away:
            log.warning("Every model is tried while Redis cannot tell which are down: %s", type(error).__name__)
        self._away = True

    def _back(self) -> None:
        if self._away:
            log.info("Redis tells again which models are down")
        self._away, self._away_until = False, 0.0


_known: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Known] = weakref.WeakKeyDictionary()


def known() -> Known:
    """This loop's view."""
    loop = asyncio.get_running_loop()
    return _known.setdefault(loop, Known())
