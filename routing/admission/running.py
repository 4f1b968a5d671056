"""The running turns of this process: renewed each second, so that those of a lost process free their places."""

import asyncio
import logging
import weakref

from redis.exceptions import RedisError

from parley.background import spawn
from parley.pools import on_close, redis
from routing.admission import scripts
from routing.admission.types import Tier

log = logging.getLogger(__name__)
EVERY_SECONDS = 1.0
TOGETHER = 1000


class Running:
    """Belongs to one event loop. `admit` adds, whatever ends a turn removes; it beats while it holds any."""

    def __init__(self) -> None:
        self._turns: dict[str, tuple[Tier, set[int]]] = {}
        self._beating: asyncio.Task[None] | None = None
        self._away = False

    def add(self, tier: Tier, turn: int) -> None:
        """From now on it is renewed."""
        held = self._turns.get(tier.key, (tier, set()))[1]
        held.add(turn)
        self._turns[tier.key] = tier, held
        if self._beating is None or self._beating.done():
            self._beating = spawn(self._beat_on())

    def remove(self, tier: Tier, turn: int) -> None:
        """No longer."""
        held = self._turns.get(tier.key, (tier, set()))[1]
        held.discard(turn)
        if not held:
            self._turns.pop(tier.key, None)

    async def beat(self) -> None:
        """Renew all, with one script for each tier, in one round trip. Raises RedisError."""
        renewed = [(tier, held, list(held)) for tier, held in self._turns.values()]
        await scripts.run_for_each("beat", [call for tier, _, turns in renewed for call in _beats(tier, turns)])
        for tier, held, turns in renewed:
            if ended := [scripts.member(turn) for turn in turns if turn not in held]:
                await redis().zrem(scripts.keys(tier.key)[4], *ended)  # it ended while we renewed it

    async def close(self) -> None:
        """Renew nothing any more: what still runs is taken for lost within seconds."""
        if self._beating:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def _beat_on(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY_SECONDS
        while self._turns:
            await asyncio.sleep(due - loop.time())
            due = max(due + EVERY_SECONDS, loop.time())
            try:
                await self.beat()
            except RedisError as error:
                if not self._away:
                    log.warning("Running turns are not renewed: Redis is away (%s)", type(error).__name__)
                self._away = True
            else:
                self._away = False


def _beats(tier: Tier, turns: list[int]) -> list[tuple[Tier, list[str]]]:
    members = [scripts.member(turn) for turn in turns]
    return [(tier, members[first : first + TOGETHER]) for first in range(0, len(members), TOGETHER)]


_running: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Running] = weakref.WeakKeyDictionary()


def running() -> Running:
    """This loop's running turns."""
    return _running.setdefault(asyncio.get_running_loop(), Running())


async def _close() -> None:
    if held := _running.pop(asyncio.get_running_loop(), None):
        await held.close()


on_close(_close)
