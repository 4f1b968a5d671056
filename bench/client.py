"""The visitors of a benchmark, in a process of their own: `python -m bench.client`.

One JSON object a line on standard input is an order, one line on standard output its result:
    {"connect": [[kind, token], …], "url": "http://…"}          → {"connected": n}
    {"say": [[seconds, kind, text], …], "patience": seconds}    → {"turns": […], "without_client": n, "cpu_ms": n}
Arrivals are open: each takes place at its time, by the client of its kind that has been idle the longest. Times in the
results are of the machine's monotonic clock. It reads no more of a frame than it must, to be cheap.
"""

import asyncio
import json
import re
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
import uvloop

from bench.orders import Order, serve

TYPE = re.compile(r'"type":"(\w+)"')
CONNECTING = 30  # at once


@dataclass
class Turn:
    """What one visitor saw. `gap`: the longest time between two deltas, in seconds."""

    text: str
    kind: int
    due: float
    sent: float
    acknowledged: float = 0.0
    first_delta: float = 0.0
    last_delta: float = 0.0
    deltas: int = 0
    gap: float = 0.0
    ended: float = 0.0
    outcome: str = ""


class Visitor:
    """One websocket, one turn at a time."""

    def __init__(self, crowd: "Crowd", kind: int, token: str) -> None:
        self.crowd, self.kind, self.token = crowd, kind, token
        self.turn: Turn | None = None

    async def connect(self, http: aiohttp.ClientSession, url: str) -> None:
        """Open the socket and say hello; the first snapshot is awaited."""
        address = url.replace("http", "ws", 1) + "/ws/v1/"
        self.socket = await http.ws_connect(address, compress=0, max_msg_size=0, origin=url)
        hello = {"type": "hello", "token": self.token, "conversation": str(uuid.uuid4()), "cursor": None}
        await self.socket.send_str(json.dumps(hello))
        await self.socket.receive_str(timeout=30)
        self.reader = asyncio.create_task(self._read())

    async def say(self, text: str, due: float) -> None:
        """Begin a turn."""
        self.turn = Turn(text, self.kind, due, time.monotonic())
        await self.socket.send_str(json.dumps({"type": "message", "id": str(uuid.uuid4()), "text": text}))

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            found = TYPE.search(message.data)
            if found and self.turn:
                self._take(found[1], self.turn)
        if self.turn:
            self._end(self.turn, "closed")

    def _take(self, kind: str, turn: Turn) -> None:
        now = time.monotonic()
        if kind == "ack":
            turn.acknowledged = now
        elif kind == "delta":
            turn.first_delta = turn.first_delta or now
            turn.gap = max(turn.gap, now - turn.last_delta if turn.last_delta else 0.0)
            turn.last_delta, turn.deltas = now, turn.deltas + 1
        elif kind in {"answer", "failed", "error"}:
            self._end(turn, kind)

    def _end(self, turn: Turn, outcome: str) -> None:
        turn.ended, turn.outcome, self.turn = time.monotonic(), outcome, None
        self.crowd.ended(self)


class Crowd:
    """All visitors of this process."""

    def __init__(self) -> None:
        self.idle: dict[int, deque[Visitor]] = {}
        self.turns: list[Turn] = []
        self._open, self._news = 0, asyncio.Event()

    async def connect(self, http: aiohttp.ClientSession, url: str, visitors: list[tuple[int, str]]) -> dict[str, Any]:
        """Open a socket for each (kind, token)."""
        gate = asyncio.Semaphore(CONNECTING)

        async def one(kind: int, token: str) -> None:
            visitor = Visitor(self, kind, token)
            async with gate:
                await visitor.connect(http, url)
            self.idle.setdefault(kind, deque()).append(visitor)

        await asyncio.gather(*(one(kind, token) for kind, token in visitors))
        return {"connected": len(visitors)}

    async def say(self, arrivals: list[tuple[float, int, str]], patience: float) -> dict[str, Any]:
        """Let each arrival happen, and wait for the last answer, at most `patience` seconds."""
        started, cpu, without = time.monotonic(), time.process_time(), 0
        self.turns = []
        for after, kind, text in arrivals:
            due = started + after
            if (left := due - time.monotonic()) > 0.001:
                await asyncio.sleep(left)
            if waiting := self.idle.get(kind):
                visitor = waiting.popleft()
                self._open += 1
                await visitor.say(text, due)
                assert visitor.turn
                self.turns.append(visitor.turn)
            else:
                without += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._nobody_waits()
        cpu_ms = 1000 * (time.process_time() - cpu)
        turns = [asdict(turn) for turn in self.turns]
        return {"turns": turns, "without_client": without, "cpu_ms": cpu_ms, "started": started}

    async def _nobody_waits(self) -> None:
        while self._open:
            self._news.clear()
            await self._news.wait()

    def ended(self, visitor: Visitor) -> None:
        """A visitor is idle again."""
        self._open -= 1
        self._news.set()
        self.idle[visitor.kind].append(visitor)


async def main() -> None:
    """Take orders until standard input ends."""
    crowd, connector = Crowd(), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def carry_out(order: Order) -> Order:
            if "connect" in order:
                return await crowd.connect(http, order["url"], order["connect"])
            return await crowd.say(order["say"], order["patience"])

        await serve(carry_out)


if __name__ == "__main__":
    uvloop.run(main())
