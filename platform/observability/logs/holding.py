"""Where batches are held: in Redis while there is room, else in Postgres."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection, transaction
from redis.exceptions import RedisError

from observability.logs.current import Current
from observability.logs.gathering import Batch, Chunk
from observability.logs.scripts import USED, client, keys, run

MOST_BYTES = 8 << 20  # compressed, of one conversation in Redis
HOLD: LiteralString = """
    INSERT INTO observability_heldlog (conversation, site, audience, rules, reasons, records, data)
    VALUES (%s, %s, %s, %s::bigint[], %s::text[], %s, %s)
"""
NOW: LiteralString = "SELECT extract(epoch FROM clock_timestamp())::float8"
Held = tuple[Batch, Chunk | None]


def in_redis(pieces: Sequence[Held], now: Current) -> tuple[list[Held], float]:
    """Hold them, at least one; what there was no room for, and Redis's clock in seconds. Raises RedisError."""
    replies = run(client(), [("hold", keys(batch.conversation), _words(batch, chunk, now)) for batch, chunk in pieces])
    left = [piece for piece, (held, _) in zip(pieces, replies, strict=True) if not held]
    return left, replies[-1][1] / 1000


def in_postgres(pieces: Sequence[Held]) -> float:
    """Hold them; Postgres's clock in seconds. All or nothing. Raises Django's database errors."""
    rows = [_row(batch, chunk) for batch, chunk in pieces]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
        cursor.executemany(HOLD, rows)
        cursor.execute(NOW)
        return float(cursor.fetchone()[0])


def pieces_of(batches: Sequence[Batch]) -> list[Held]:
    """One for each chunk; one without for what only says that there is trouble."""
    return [(batch, each) for batch in batches for each in (*batch.chunks, *([] if batch.chunks else [None]))]


def clock() -> float:
    """Redis's, in seconds. Raises RedisError."""
    seconds, microseconds = client().time()
    return float(seconds) + float(microseconds) / 1e6


def in_use() -> int | None:
    """Bytes that held logs take in Redis; None when it does not answer."""
    try:
        return int(client().get(USED) or 0)
    except (RedisError, OSError):
        return None


def forget_in_redis(conversations: Sequence[UUID]) -> None:
    """Drop what is held of them there. Raises RedisError."""
    if conversations:
        run(client(), [("erase", keys(each), [each.hex]) for each in conversations])


def _words(batch: Batch, chunk: Chunk | None, now: Current) -> list[Any]:
    site, audience = ("" if value is None else value for value in (batch.site, batch.audience))
    data, records, text = (chunk.data, chunk.records, chunk.text) if chunk else (b"", 0, 0)
    about = [batch.conversation.hex, data, records, text, site, audience]
    times = [int(1000 * now.hold), int(1000 * now.soon)]
    rules, reasons = ",".join(map(str, batch.rules)), ",".join(batch.reasons)
    return [*about, rules, reasons, *times, now.room, now.most_records, MOST_BYTES]


def _row(batch: Batch, chunk: Chunk | None) -> list[Any]:
    about = [batch.conversation, batch.site, batch.audience, batch.rules, batch.reasons]
    return [*about, chunk.records if chunk else 0, chunk.data if chunk else None]
