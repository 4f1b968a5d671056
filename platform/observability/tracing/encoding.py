"""A trace's steps as bytes: compact JSON, compressed, a tenth of what they take in memory.

A list of [name, parent, began, took, error, attributes, events] for each span, without what is empty at the end.
`parent` is a place in the list; the first is the trace itself. Times are in units of 0.1 ms, `began` from the trace's
beginning; `took` is -1 for a step that had not ended. An event is [name, began, attributes].
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from observability.tracing.spans import Span, Trace, clean

UNIT = 10_000.0  # to the second
# What most traces say, most frequent last: short data compresses badly without. Changing it needs another first byte.
_DICTIONARY = (
    b'"refused":"away":"tier":"waited":"kept":"first_token":"fell_over","rate_limited","timeout","overloaded",'
    b'"cached_input_tokens":"exact":false,"hit":false,"cached":true,"route","remember","finish","claim","exact",1,'
    b'"embed",1,"lookup",1,"retrieve",1,"recall",1,"decide",1,"assemble",0,"admit",0,"stream",0,"anthropic","openai",'
    b'"",{"tokens":"",{"provider":"model":"input_tokens":"output_tokens":"finish_reason":"stop"}]],["'
)
_FORMAT = b"\x01"
_WINDOW = -11  # 2 KiB, without a header: setting up a larger one takes longer than compressing a trace
_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A moment in a step, in seconds from the trace's beginning."""

    name: str
    at: float
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A step as it was stored; `began` in seconds from the trace's beginning, `seconds` None when it had not ended."""

    number: int
    name: str
    parent: int
    began: float
    seconds: float | None
    error: str
    attributes: dict[str, Any]
    events: list[StoredEvent]


def encode(trace: Trace) -> bytes:
    """The bytes of all spans."""
    text = _json([_row(made, trace.began) for made in trace.spans]).encode(errors="replace")
    packer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, 5, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
    return _FORMAT + packer.compress(text) + packer.flush()


def decode(stored: bytes) -> list[StoredSpan]:
    """Of what `encode` made. Raises ValueError for anything else."""
    if stored[:1] != _FORMAT:
        raise ValueError(f"No trace: unknown encoding {stored[:1]!r}")
    try:
        unpacker = zlib.decompressobj(wbits=_WINDOW, zdict=_DICTIONARY)
        rows = json.loads(unpacker.decompress(stored[1:]))
        return [_stored(number, *row) for number, row in enumerate(rows)]
    except (zlib.error, ValueError, TypeError, IndexError) as error:
        raise ValueError(f"No trace: {error}") from error


def _row(made: Span, start: float) -> list[Any]:
    parent, ended = made.parent, made.ended
    row: list[Any] = [
        made.name,
        parent.number if parent else 0,
        round((made.began - start) * UNIT),
        -1 if ended is None else round((ended - made.began) * UNIT),
    ]
    if made.error or made.attributes or made.events:
        row += [made.error, clean(made.attributes)]
    if made.events:
        row.append([[name, round((at - start) * UNIT), clean(more)] for name, at, more in made.events])
    return row


def _stored(
    number: int,
    name: str,
    parent: int,
    began: int,
    took: int,
    error: str = "",
    attributes: dict[str, Any] | None = None,
    events: list[list[Any]] | None = None,
) -> StoredSpan:
    moments = [StoredEvent(each[0], each[1] / UNIT, each[2]) for each in events or []]
    seconds = None if took < 0 else took / UNIT
    return StoredSpan(number, name, parent, began / UNIT, seconds, error, attributes or {}, moments)
