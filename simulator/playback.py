"""An answer in time: chunks are written when they are due, by one timer for each stream."""

import asyncio
import socket
import struct
from collections.abc import Callable
from time import monotonic

from aiohttp import web

from simulator.vendors.base import Parts

_EARLY = 0.002  # timers of uvloop count whole milliseconds of a cached clock: waiting again would cost more


class Playback:
    """The writing of one streamed answer. `first_at` is the monotonic time of the first chunk, `spacing` the
    seconds between chunks (0: all at once), `interval` the least time between two writes; `on_chunks` is told
    how many chunks each write takes. After a late wake-up everything that is due goes out in one write.
    Raises ConnectionError when the client is gone.

    A timer writes to the transport itself, in the framing of RFC 9112, 7.1, because a coroutine that sleeps
    and awaits aiohttp's writer costs twice the processor time. There is no flow control: a client that does
    not read leaves at most its own answer in memory."""

    first_at = 0.0
    spacing = 0.0
    interval = 0.0

    def __init__(
        self,
        request: web.Request,
        headers: dict[str, str],
        parts: Parts,
        on_chunks: Callable[[int], None] | None = None,
    ) -> None:
        self.request, self.parts, self.on_chunks = request, parts, on_chunks
        self.response = web.StreamResponse(headers={**headers, "cache-control": "no-cache"})
        self.response.headers["content-type"] = "text/event-stream; charset=utf-8"
        self.response.enable_chunked_encoding()
        self.sent = 0
        self.started: float | None = None
        self.writes, self.late_sum, self.late_max = 0, 0.0, 0.0
        self._head = parts.prelude
        self._due_at = 0.0
        self._upto = 0
        self._loop = asyncio.get_running_loop()
        self._played: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None

    async def play(self, upto: int) -> None:
        """Write what precedes the first chunk, and the chunks before number `upto`, each when it is due."""
        await self._open()
        await self._run(min(upto, len(self.parts.deltas)), self.write)
        if self._head:
            self.write(b"")

    async def finish(self) -> web.StreamResponse:
        """Write the chunks that are left and the regular ending, which goes with the last of them."""
        await self._open()
        total, last = len(self.parts.deltas), bytearray()

        def write_or_keep(data: bytes) -> None:
            if self.sent < total:
                self.write(data)
            else:
                last.extend(data)

        await self._run(total, write_or_keep)
        return await self.end(bytes(last) + self.parts.ending)

    async def end(self, data: bytes = b"") -> web.StreamResponse:
        """End the response cleanly, whatever the stream lacks."""
        await self.response.write_eof(self._headed(data))
        return self.response

    def write(self, data: bytes) -> None:
        """Write now. Raises ConnectionResetError when the client is gone."""
        transport = self.request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The client is gone.")
        data = self._headed(data)
        transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def pause(self, seconds: float) -> None:
        """Send nothing for a while; what follows is later by as much."""
        await asyncio.sleep(seconds)
        self.first_at += seconds
        self._due_at += seconds

    def _headed(self, data: bytes) -> bytes:
        """The data, the first time behind what precedes the first chunk."""
        head, self._head = self._head, b""
        return head + data

    async def _open(self) -> None:
        """Once, when the first chunk is due: the head of the response."""
        if self.started is None:
            await asyncio.sleep(max(self.first_at - monotonic(), 0.0))
            self._due_at = self.first_at
            self.started = monotonic()
            await self.response.prepare(self.request)

    async def _run(self, upto: int, out: Callable[[bytes], None]) -> None:
        """Hand the chunks before number `upto` to `out` in time."""
        self._upto, self._out = upto, out
        self._played = self._loop.create_future()
        self._tick()
        try:
            await self._played
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _tick(self) -> None:
        """Write if it is time, and set the timer for the next chunk, or end the run."""
        if self._played.done():
            return
        try:
            if self.sent < self._upto and monotonic() > self._due_at - _EARLY:
                self._out(self._take())
        except ConnectionError as error:
            self._played.set_exception(error)
            return
        if self.sent < self._upto:
            self._timer = self._loop.call_later(max(self._due_at - monotonic(), 0.0), self._tick)
        else:
            self._played.set_result(None)

    def _take(self) -> bytes:
        """The next chunk and all others that are due by now; sets the time of the one after them."""
        now = monotonic()
        late = max(now - self._due_at, 0.0)
        self.writes, self.late_sum, self.late_max = (
            self.writes + 1,
            self.late_sum + late,
            max(self.late_max, late),
        )
        passed = int((now - self.first_at) / self.spacing) if self.spacing else self._upto
        due = self.parts.deltas[self.sent : min(max(passed, self.sent) + 1, self._upto)]
        self.sent += len(due)
        self._due_at = max(self.first_at + self.sent * self.spacing, now + self.interval)
        if self.on_chunks is not None:
            self.on_chunks(len(due))
        return b"".join(due)


def reset(request: web.Request) -> None:
    """Reset the connection of a request, so that its client sees "connection reset by peer": closing a socket
    that lingers for zero seconds sends RST (socket(7))."""
    if (transport := request.transport) is not None:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
