"""Thousands of idle websockets in one process: `python -m bench.holder`, which takes orders (orders.py).

    {"open": [token, …], "host": "…", "port": n}   → {"opened": n, "seconds": s}
    {"echo": rate, "seconds": s}                   → {"times": [seconds, …], "closed": n}
Each socket says hello with a conversation of its own, and gets its snapshot. It knows as much of RFC 6455 as this
takes, text frames and a pong for each ping: a library would need more memory for clients than the server does.
"""

import asyncio
import base64
import json
import os
import random
import time
import uuid
from contextlib import suppress
from typing import cast

import uvloop

from bench.orders import Order, serve

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
OPENING = 50  # at once
PATIENCE = 60.0
ADDRESSES = 4  # of the loopback, in turn: one has 28,000 ports


class Socket(asyncio.Protocol):
    """One websocket. `ready` is done when the first text frame has come."""

    __slots__ = ("asked", "buffer", "closed", "hello", "ready", "transport", "upgraded")

    def __init__(self) -> None:
        self.buffer, self.upgraded, self.closed, self.hello = bytearray(), False, False, b""
        self.asked: asyncio.Future[None] | None = None
        self.ready: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def connection_lost(self, error: Exception | None) -> None:
        """Note it."""
        self.closed = True
        for waiting in (self.ready, self.asked):
            if waiting and not waiting.done():
                waiting.set_exception(ConnectionError(f"closed ({error})"))

    def data_received(self, data: bytes) -> None:
        """Take whole frames out of what came so far."""
        self.buffer += data
        if not self.upgraded:
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.transport.abort()
                return
            self.upgraded, self.buffer = True, bytearray(rest)
            self.send(TEXT, self.hello)
        while frame := self._frame():
            self._take(*frame)

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self.buffer) < 2:
            return None
        size, start = self.buffer[1] & 0x7F, 2
        if size >= 126:
            start += 2 if size == 126 else 8
            size = int.from_bytes(self.buffer[2:start])
        if len(self.buffer) < start + size:
            return None
        kind, body = self.buffer[0] & 0xF, bytes(self.buffer[start : start + size])
        del self.buffer[: start + size]
        return kind, body

    def _take(self, kind: int, body: bytes) -> None:
        if kind == PING:
            self.send(PONG, body)
        elif kind == CLOSE:
            self.transport.close()
        elif kind == TEXT:
            if self.ready and not self.ready.done():
                self.ready.set_result(None)
            elif self.asked and not self.asked.done() and b'"pong"' in body:
                self.asked.set_result(None)

    def send(self, kind: int, body: bytes) -> None:
        """A whole frame, masked as clients must: with zeros, which spares the work."""
        size = len(body)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2)
        self.transport.write(bytes([0x80 | kind]) + length + b"\0\0\0\0" + body)

    async def open(self, host: str, port: int, token: str) -> None:
        """Upgrade, say hello, and wait for the snapshot."""
        key, conversation = base64.b64encode(os.urandom(16)).decode(), str(uuid.uuid4())
        hello = {"type": "hello", "token": token, "conversation": conversation, "cursor": None}
        self.hello = json.dumps(hello).encode()
        self.transport.write(
            f"GET /ws/v1/ HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert self.ready
        await asyncio.wait_for(self.ready, PATIENCE)
        self.ready = None

    async def echo(self) -> float:
        """Seconds that the protocol's ping took to come back."""
        self.asked = asyncio.get_running_loop().create_future()
        sent = time.monotonic()
        self.send(TEXT, b'{"type":"ping","id":"1"}')
        await asyncio.wait_for(self.asked, PATIENCE)
        return time.monotonic() - sent


class Holder:
    """Opens them, keeps them, and asks some of them now and then."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []

    async def carry_out(self, order: Order) -> Order:
        """One order."""
        if "open" in order:
            return await self._open(order["host"], order["port"], order["open"])
        return await self._echo(order["echo"], order["seconds"])

    async def _open(self, host: str, port: int, tokens: list[str]) -> Order:
        gate, started, loop = asyncio.Semaphore(OPENING), time.monotonic(), asyncio.get_running_loop()

        async def one(number: int, token: str) -> None:
            async with gate:
                with suppress(OSError, TimeoutError):
                    source = (f"127.0.0.{2 + number % ADDRESSES}", 0)
                    _, socket = await loop.create_connection(Socket, host, port, local_addr=source)
                    await socket.open(host, port, token)
                    self.sockets.append(socket)

        await asyncio.gather(*(one(number, token) for number, token in enumerate(tokens)))
        return {"opened": self._alive(), "seconds": time.monotonic() - started}

    async def _echo(self, rate: float, seconds: float) -> Order:
        """Open arrivals: pings at their time, each on a socket that nobody asks just now."""
        asked, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(random.expovariate(rate))
            free = random.choice(self.sockets)
            if not free.closed and (free.asked is None or free.asked.done()):
                asked.append(asyncio.create_task(free.echo()))
        times = await asyncio.gather(*asked, return_exceptions=True)
        return {"times": [time for time in times if isinstance(time, float)], "open": self._alive()}

    def _alive(self) -> int:
        return sum(not socket.closed for socket in self.sockets)


if __name__ == "__main__":
    uvloop.run(serve(Holder().carry_out))
