"""Records as they are held: lines of text, compressed together.

A line is a head (number, milliseconds, kind, turn, site, audience, rule) and the data, both JSON, with a tab between: a
line that is kept is stored without parsing what was recorded. Zstandard at its quickest: 12 kB of prompt take 0.08 ms
and become 5 kB; zlib at its quickest takes a third more, at its usual level five times as long (measured on this
product's own texts).
"""

import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

import orjson
import zstandard

LEVEL = 1
MOST_BYTES = 64 << 20  # of a chunk's text: more is not ours

_of_thread = threading.local()


class Line(NamedTuple):
    """A record; `at` is milliseconds since 1970. Order is that of time, then of number."""

    at: int
    number: int
    kind: str
    turn: int | None
    site: int | None
    audience: int | None
    rule: int | None
    data: str

    @property
    def size(self) -> int:
        """About its bytes."""
        return len(self.data) + 60


def packed(lines: Iterable[Line]) -> tuple[bytes, int]:
    """Lines as a chunk, and how many bytes they were."""
    text = "\n".join(_written(line) for line in lines).encode(errors="replace")
    return _compressor().compress(text), len(text)


def unpacked(chunk: bytes) -> Iterator[Line]:
    """The lines of a chunk. Raises ValueError when it is none."""
    try:
        text = zstandard.ZstdDecompressor().decompress(chunk, max_output_size=MOST_BYTES).decode()
    except zstandard.ZstdError as error:
        raise ValueError(f"This is no chunk of records: {error}") from error
    for line in text.split("\n"):
        head, _, data = line.partition("\t")
        number, at, kind, turn, site, audience, rule = orjson.loads(head)
        yield Line(at, number, kind, turn, site, audience, rule, data)


def _compressor() -> zstandard.ZstdCompressor:
    """This thread's: making one takes as long as compressing with it."""
    if not hasattr(_of_thread, "compressor"):
        _of_thread.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return cast("zstandard.ZstdCompressor", _of_thread.compressor)


def _written(line: Line) -> str:
    head = [line.number, line.at, line.kind, line.turn, line.site, line.audience, line.rule]
    return f"{orjson.dumps(head).decode()}\t{line.data}"
