"""A visitor who does not give up: asks one question after another, comes back by another way when cut off."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import websockets

from tests.chat import KINDS, Chat, Refused

CUT_OFF = (OSError, httpx.HTTPError, websockets.WebSocketException, TimeoutError, Refused)

SOON, SILENCE = 1.0, 0.7  # seconds after a fault in which a silence begins that it made, and how long that is


@dataclass
class Asked:
    """One acknowledged question: when, and when something was heard of its answer. Times are monotonic."""

    turn: int
    at: float
    heard: list[float] = field(default_factory=list)
    answered: float = 0.0

    def went_on(self, moment: float) -> float | None:
        """Seconds after `moment` until the answer went on; None while that is not known.

        What was on its way at that moment still arrives and is no recovery: the first silence counts, to its end.
        """
        times = [moment, *(at for at in self.heard if at >= moment)]
        for before, after in pairwise(times):
            if before > moment + SOON:
                break
            if after - before > SILENCE:
                return after - moment
        undisturbed = self.answered or times[-1] > moment + SOON + SILENCE
        return times[1] - moment if undisturbed and len(times) > 1 else None


class Visitor(Chat):
    """Connected by a way and to a web server drawn at random, and again every few seconds."""

    def __init__(self, urls: list[str], site: str, chance: random.Random, going: Callable[[], bool]) -> None:
        super().__init__(chance.choice(urls), site)
        self._urls, self._chance, self._going = urls, chance, going
        self.asked: list[Asked] = []
        self.breaches: list[str] = []  # of the protocol: gaps, repetitions
        self._leave_at = 0.0

    async def run(self) -> None:
        """Ask until told to stop, then wait for the last answer."""
        await self._persistently(self.open)
        while self._going():
            await self._ask()
            await asyncio.sleep(self._chance.uniform(0, 0.5))
        await self.disconnect()

    async def _ask(self) -> None:
        said = {"text": "Tell me a long story", "id": str(uuid.uuid4())}
        ack = await self._persistently(lambda: asyncio.wait_for(self.say(**said), 5))
        asked = Asked(ack["turn"], time.monotonic())
        self.asked.append(asked)
        while asked.turn not in self.seen.answers and asked.turn not in self.seen.failures:
            await self._stay_connected()
            await asyncio.sleep(0.02)
        asked.answered = time.monotonic()
        asked.heard.append(asked.answered)

    async def _stay_connected(self) -> None:
        cut = self._reader is None or self._reader.done() or self.close_code is not None
        if cut or time.monotonic() > self._leave_at:
            await self._persistently(self._connect)

    async def _persistently(self, action: Callable[[], Any]) -> Any:
        """What the action returns, as soon as a server lets it succeed."""
        while True:
            try:
                return await action()
            except CUT_OFF:
                await asyncio.sleep(self._chance.uniform(0.1, 0.4))
                self.base = self._chance.choice(self._urls)
                if self.conversation and action != self._connect:
                    await self._persistently(self._connect)

    async def _connect(self) -> None:
        self._leave_at = time.monotonic() + self._chance.expovariate(1 / 6)
        await asyncio.wait_for(self.connect(self._chance.choice(KINDS), self._chance.choice(self._urls)), 5)

    async def disconnect(self) -> None:
        """As a tab does; what the reader found against the protocol is kept."""
        try:
            await super().disconnect()
        except CUT_OFF:
            self._socket = None
        except AssertionError as error:
            self.breaches.append(str(error))
            self._socket = None

    async def _take(self, frame: dict[str, Any]) -> None:
        await super()._take(frame)
        if self.asked and self._tells(frame, self.asked[-1].turn):
            self.asked[-1].heard.append(time.monotonic())

    @staticmethod
    def _tells(frame: dict[str, Any], turn: int) -> bool:
        """Whether more of the turn's answer is in it; a snapshot that shows what was there already is not more."""
        return frame.get("turn") == turn and frame["type"] in {"delta", "answer"}
