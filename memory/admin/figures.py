"""How much is remembered, and how fast that grows: two cheap queries, inside a staff scope."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from memory.embedding import embedder

HERE = Path(__file__).parent
MOST = 10_000  # rows that are counted; beyond them an estimate must do
MOST_VECTORS = 100_000  # of one embedder that are counted
NEWEST = 50_000  # rows among which the days' are counted


@dataclass(frozen=True)
class Amount:
    """A number that is exact up to MOST; beyond, `estimate` where there is one."""

    counted: int
    estimate: int = -1

    def __str__(self) -> str:
        if self.counted <= MOST:
            return f"{self.counted:,}"
        return f"about {self.estimate:,}" if self.estimate > MOST else f"more than {MOST:,}"


@dataclass(frozen=True)
class Sizes:
    """What there is. `late`: conversations that should have been read five minutes ago; sizes on disk in bytes."""

    memories: Amount
    copies: Amount
    contacts: Amount
    without_vector: Amount
    waiting: Amount
    late: Amount
    memories_bytes: int
    copies_bytes: int


@dataclass(frozen=True)
class Day:
    """What was remembered on a day (UTC), by whom it was found, and what was ignored."""

    day: date
    by_model: int
    by_patterns: int
    by_people: int
    ignored: int


def sizes() -> Sizes:
    """As they are now."""
    row = _rows("sizes", {"most": MOST, "embedder": embedder().name})[0]
    memories, memories_about, copies, copies_about, *counted, memories_bytes, copies_bytes = row
    contacts, without_vector, waiting, late = map(Amount, counted)
    return Sizes(
        Amount(memories, memories_about), Amount(copies, copies_about), contacts, without_vector, waiting, late,
        memories_bytes, copies_bytes,
    )  # fmt: skip


def days() -> list[Day]:
    """The last seven on which there was something, the newest first; the oldest may be cut where much is written."""
    return [Day(*row) for row in _rows("rates", {"most": NEWEST})]


def _rows(name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute((HERE / f"{name}.sql").read_text(), parameters)
        return list(cursor.fetchall())
