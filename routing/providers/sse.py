"""Cutting a stream of bytes into server-sent events.

Follows the "Interpreting an event stream" section of the HTML standard in all that model providers use: the
three line ends, comments, several `data` lines, a byte order mark. Only `data` is kept: both vendors repeat
the event's name in it. Working on bytes keeps characters whole that the network has split.
"""

MAX_EVENT_BYTES = 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class OversizedEventError(ValueError):
    """An event is longer than MAX_EVENT_BYTES: no chunk of an answer is."""


class EventSplitter:
    """Takes the bytes as they come and gives back the data of each event that they complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._held = b""
        self._at_start = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that end in `chunk`, in order. Events without data are left out."""
        if self._held or b"\r" in chunk:
            chunk = self._with_plain_line_ends(chunk)
        buffer = self._rest + chunk
        if self._at_start and len(buffer) >= len(BYTE_ORDER_MARK):
            self._at_start = False
            buffer = buffer.removeprefix(BYTE_ORDER_MARK)
        *blocks, self._rest = buffer.split(b"\n\n")
        if len(self._rest) > MAX_EVENT_BYTES or any(len(block) > MAX_EVENT_BYTES for block in blocks):
            raise OversizedEventError
        return [data for block in blocks if (data := _data_of(block)) is not None]

    def flush(self) -> bytes | None:
        """Return the data of an event that the stream's end cut off or left without its blank line."""
        return _data_of(self._rest)

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        """Turn CRLF and CR into LF. A CR at the end waits: its LF may be the first byte to come."""
        chunk = self._held + chunk
        self._held = b"\r" if chunk.endswith(b"\r") else b""
        chunk = chunk.removesuffix(self._held) if self._held else chunk
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _data_of(block: bytes) -> bytes | None:
    if block.startswith(b"data:") and b"\n" not in block:  # nearly every event of an OpenAI stream
        return block[5:].removeprefix(b" ")
    lines = [line[5:].removeprefix(b" ") for line in block.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines) if lines else None
