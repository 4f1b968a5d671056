"""From what was recorded to what is held: each conversation's records, redacted, numbered, timed and compressed."""

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from observability.logs.buffer import Entry
from observability.logs.chunk import Line, packed
from observability.logs.current import Current
from observability.redaction import all_redacted

CHUNK_RECORDS, CHUNK_BYTES = 200, 512 << 10
MOST_BYTES = 1 << 20  # of one record
BEGINNING = 100_000  # characters that are kept of one that is longer
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass
class Chunk:
    """Compressed records, how many, and the bytes of their text."""

    data: bytes
    records: int
    text: int


@dataclass
class Batch:
    """What was recorded of a conversation since the last time."""

    conversation: UUID
    site: int | None = None
    audience: int | None = None
    rules: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(chunk.data) for chunk in self.chunks) + 200


class Numbers:
    """Numbers of records: those of a process have a beginning of their own, drawn by chance."""

    def __init__(self) -> None:
        self._beginning = (secrets.randbits(30) + 1) << 32

    def of(self, entry: Entry) -> int:
        """Of 63 bits; of one process in order."""
        return self._beginning | (entry.number & 0xFFFFFFFF)


def gathered(entries: Iterable[Entry], now: Current, numbers: Numbers, offset: float) -> list[Batch]:
    """By conversation. `offset` is how many seconds the servers' clock is ahead of this process's."""
    batches: dict[UUID, Batch] = {}
    lines: dict[UUID, list[Line]] = {}
    entries = list(entries)
    for entry in entries:
        _note(batches.setdefault(entry.conversation, Batch(entry.conversation)), entry)
    records = [entry for entry in entries if entry.kind is not None]
    for entry, data in zip(
        records, all_redacted([(each.data, each.conversation) for each in records], now.rules), strict=True
    ):
        lines.setdefault(entry.conversation, []).append(_line(entry, _text(data), numbers, offset))
    for conversation, of_it in lines.items():
        batches[conversation].chunks = [_chunk(part) for part in _parts(of_it, now.most_records)]
    return list(batches.values())


def _note(batch: Batch, entry: Entry) -> None:
    batch.site = entry.site if entry.site is not None else batch.site
    batch.audience = entry.audience if entry.audience is not None else batch.audience
    if entry.rule is not None and entry.rule not in batch.rules:
        batch.rules.append(entry.rule)
    if entry.reason is not None and entry.reason.value not in batch.reasons:
        batch.reasons.append(entry.reason.value)


def _line(entry: Entry, data: str, numbers: Numbers, offset: float) -> Line:
    at = int(1000 * (entry.at + offset))
    return Line(at, numbers.of(entry), str(entry.kind), entry.turn, entry.site, entry.audience, entry.rule, data)


def _text(data: Any) -> str:
    try:
        text = _quickly(data) or _json(data)
    except Exception as error:  # noqa: BLE001 - whatever was given: the record says so, and what follows is not lost
        text = _json({"unreadable": f"{type(error).__name__} while it was written"})
    if len(text) > MOST_BYTES:
        text = _json({"too_large": len(text), "beginning": text[:BEGINNING]})
    return text


def _quickly(data: Any) -> str:
    """By orjson; empty for the little that it cannot write: half a character, numbers of more than 64 bits."""
    try:
        return orjson.dumps(data).decode()
    except TypeError:
        return ""


def _parts(lines: list[Line], most_records: int) -> Iterator[list[Line]]:
    most, part, size = min(CHUNK_RECORDS, most_records // 8), list[Line](), 0
    for line in lines:
        if part and (len(part) >= most or size + line.size > CHUNK_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += line.size
    yield part


def _chunk(lines: list[Line]) -> Chunk:
    data, text = packed(lines)
    return Chunk(data, len(lines), text)


def local_offset(server: float) -> float:
    """How many seconds a server whose clock said `server` just now is ahead of this process."""
    return server - time.time()
