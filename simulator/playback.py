"""An answer in time: chunks are written when they are due, one timer for each stream."""

import asyncio
import socket
import struct
from collections.abc import Callable
from time import monotonic

from aiohttp import web

from simulator.vendors.base import Parts


class Playback:
    """The writing of one streamed answer. `first_at` is the monotonic time of the first chunk, `spacing` the
    seconds between chunks (0: all at once), `interval` the least time between two writes; `on_chunks` is told
    how many chunks each write takes. After a late wake-up everything that is due goes out in one write.
    Raises ConnectionError when the client is gone."""

    first_at = 0.0
    spacing = 0.0
    interval = 0.0

    def __init__(
        self, request: web.Request, headers: dict[str, str], parts: Parts, on_chunks: Callable[[int], None]
    ) -> None:
        self.request, self.parts, self.on_chunks = request, parts, on_chunks
        self.response = web.StreamResponse(headers={**headers, "cache-control": "no-cache"})
        self.response.content_type = "text/event-stream"
        self.response.charset = "utf-8"
        self.sent = 0
        self.started: float | None = None
        self.writes, self.late_sum, self.late_max = 0, 0.0, 0.0
        self._last_write = 0.0

    async def play(self, upto: int) -> None:
        """Write what precedes the first chunk, and the chunks before number `upto`, each when it is due."""
        upto = min(upto, len(self.parts.deltas))
        if upto == 0:
            await self._wait(self.first_at)
            await self.write(b"")
        while self.sent < upto:
            await self.write(b"".join(await self._due(upto)))

    async def finish(self) -> web.StreamResponse:
        """Write the chunks that are left and the regular ending, which goes with the last of them."""
        total = len(self.parts.deltas)
        due = b"".join(await self._due(total))
        while self.sent < total:
            await self.write(due)
            due = b"".join(await self._due(total))
        return await self.end(due + self.parts.ending)

    async def end(self, data: bytes = b"") -> web.StreamResponse:
        """End the response cleanly, whatever the stream lacks."""
        await self.response.write_eof(await self._opened(data))
        return self.response

    async def write(self, data: bytes) -> None:
        """Write now."""
        self._last_write = monotonic()
        await self.response.write(await self._opened(data))

    async def pause(self, seconds: float) -> None:
        """Send nothing for a while; what follows is later by as much."""
        await asyncio.sleep(seconds)
        self.first_at += seconds

    async def _due(self, upto: int) -> list[bytes]:
        """Wait for the next chunk and take it, with all that are due by then."""
        at = self.first_at + self.sent * self.spacing
        await self._wait(max(at, self._last_write + self.interval) if self.sent else at)
        passed = int((monotonic() - self.first_at) / self.spacing) if self.spacing else upto
        due = self.parts.deltas[self.sent : min(max(passed, self.sent) + 1, upto)]
        self.sent += len(due)
        self.on_chunks(len(due))
        return due

    async def _wait(self, at: float) -> None:
        if (delay := at - monotonic()) > 0:
            await asyncio.sleep(delay)
        late = max(monotonic() - at, 0.0)
        self.writes += 1
        self.late_sum += late
        self.late_max = max(self.late_max, late)

    async def _opened(self, data: bytes) -> bytes:
        """The data, the first time behind the head of the response and of the stream."""
        if self.started is not None:
            return data
        await self.response.prepare(self.request)
        self.started = monotonic()
        return self.parts.prelude + data


def reset(request: web.Request) -> None:
    """Reset the connection of a request, so that its client sees "connection reset by peer": closing a socket
    that lingers for zero seconds sends RST (socket(7))."""
    if (transport := request.transport) is not None:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
