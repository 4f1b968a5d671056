"""A server that answers exactly the bytes that a test wants, when it wants, and notices hang-ups."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

DEADLINE = 5.0


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class Line:
    """The server's end of a connection, while it answers one request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def begin(self, content_type: str = "text/event-stream", extra: str = "") -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n{extra}transfer-encoding: chunked\r\n\r\n"
        await self.send(head.encode())

    async def piece(self, data: bytes) -> None:
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def whole(self, *pieces: bytes) -> None:
        await self.begin()
        for data in pieces:
            await self.piece(data)
        await self.end()

    async def status(self, code: int, body: object = "", headers: str = "") -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        head = f"HTTP/1.1 {code} Status\r\ncontent-type: {kind}\r\n{headers}content-length: {len(data)}\r\n\r\n"
        await self.send(head.encode() + data)

    def cut(self) -> None:
        self._writer.transport.abort()

    async def gone(self) -> None:
        """Return when the client has hung up."""
        async with asyncio.timeout(DEADLINE):
            try:
                await self._reader.read(1)
            except ConnectionError:
                return


Answer = Callable[[Request, Line], Awaitable[None]]


@dataclass
class WireServer:
    answer: Answer
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    failures: list[BaseException] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while request := await _read_request(reader, number):
                self.requests.append(request)
                await self.answer(request, Line(reader, writer))
                if writer.is_closing():
                    break
        except ConnectionError:
            pass
        except Exception as error:  # noqa: BLE001  # kept for the test to fail on
            self.failures.append(error)
        finally:
            self.hung_up.set()
            writer.close()


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body, connection)


@asynccontextmanager
async def wire_server(answer: Answer) -> AsyncIterator[WireServer]:
    """Serve with `answer` on a free port; what went wrong in it fails the test."""
    server = WireServer(answer)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listener.close()
    assert not server.failures, server.failures
