"""Conversations whose decision is due: what Redis and Postgres hold of each."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection

from observability.logs.chunk import Line, unpacked
from observability.logs.current import Current
from observability.logs.scripts import DUE, client, keys, list_keys, meta_key, run

log = logging.getLogger(__name__)
LEASE = 60_000  # milliseconds that others leave a conversation alone which is being decided
# Nothing happened for the hold time; or there was trouble, and nothing for a moment.
EXPIRED: LiteralString = """
    SELECT conversation FROM (
        (SELECT conversation, last_at FROM observability_heldlog h
         WHERE last_at < clock_timestamp() - %(hold)s * interval '1 s' AND NOT EXISTS (
            SELECT FROM observability_heldlog newer WHERE newer.conversation = h.conversation
                AND newer.last_at >= clock_timestamp() - %(hold)s * interval '1 s')
         ORDER BY last_at LIMIT %(rows)s)
        UNION ALL
        (SELECT conversation, last_at FROM observability_heldlog
         WHERE reasons <> '{}' AND last_at < clock_timestamp() - %(soon)s * interval '1 s'
         ORDER BY last_at LIMIT %(rows)s)
    ) AS due GROUP BY conversation ORDER BY min(last_at) LIMIT %(most)s
"""
ROWS: LiteralString = """
    SELECT id, conversation, site, audience, rules, reasons, records, coalesce(octet_length(data), 0),
        last_at >= clock_timestamp() - %s * interval '1 s', extract(epoch FROM last_at)::float8
    FROM observability_heldlog WHERE conversation = ANY(%s) ORDER BY id
"""
DATA: LiteralString = "SELECT id, data FROM observability_heldlog WHERE id = ANY(%s) AND conversation = ANY(%s)"


@dataclass
class Row:
    """A row of Postgres's, without its data."""

    id: int
    records: int
    size: int


@dataclass
class Held:
    """A conversation as it is held. `began` and `ended` are seconds since 1970.

    `gone` and `missing` are of Redis's hash, to let go of what was read alone: how many chunks went, and how many
    records that was. `left_out` is the latter and what is left out of Postgres's rows. `busy`: Postgres has young rows.
    """

    conversation: UUID
    site: int | None = None
    audience: int | None = None
    rules: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    kept: bool = False
    in_redis: bool = False
    busy: bool = False
    gone: int = 0
    missing: int = 0
    left_out: int = 0
    text: int = 0
    began: float = 0.0
    ended: float = 0.0
    records: int = 0
    first: list[bytes] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing is held but, perhaps, that it was kept."""
        return not (self.records or self.left_out or self.rows or self.reasons)


def due(now: Current, most: int) -> list[Held]:
    """Those that are due, for this process alone for a minute; without their records. Raises RedisError."""
    claimed = [UUID(hex=each.decode()) for each in _claimed(most)]
    found = {each: Held(each, in_redis=True) for each in claimed}
    for conversation in _quiet(_expired(now, most), found):
        found[conversation] = Held(conversation)
    _read_heads(found)
    _read_rows(found, now)
    return [each for each in found.values() if not each.busy or each.reasons or each.kept]


def read_records(held: Sequence[Held], now: Current) -> None:
    """Fill in the records, in order and each once: of too many, the first quarter and the newest. Raises RedisError."""
    _read_chunks([each for each in held if each.in_redis])
    chosen = {each.conversation: _chosen(each, now.most_records) for each in held}
    data = _data([row.id for rows in chosen.values() for row in rows], list(chosen))
    for each in held:
        chunks = [chunk.partition(b" ")[2] for chunk in (*each.first, *each.rest)]
        chunks += [data[row.id] for row in chosen[each.conversation] if row.id in data]
        each.lines = sorted({line.number: line for chunk in chunks for line in _lines(chunk)}.values())


def release(held: Sequence[Held], kept: Iterable[UUID], now: Current) -> None:
    """Let go of what was read from Redis. Raises RedisError."""
    kept = set(kept)
    calls = [
        ("release", keys(each.conversation), _words(each, each.conversation in kept, now))
        for each in held
        if each.in_redis
    ]
    if calls:
        run(client(), calls)


def _words(each: Held, kept: bool, now: Current) -> list[Any]:
    times = [int(1000 * now.hold), int(1000 * now.soon)]
    return [each.conversation.hex, len(each.first), len(each.rest), each.gone, each.missing, int(kept), *times]


def _claimed(most: int) -> list[bytes]:
    found: list[bytes] = run(client(), [("claim", [DUE], [most, LEASE])])[0]
    return found


def _expired(now: Current, most: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(EXPIRED, {"hold": now.hold, "soon": now.soon, "rows": 10 * most, "most": most})
        return [conversation for (conversation,) in cursor.fetchall()]


def _quiet(conversations: Sequence[UUID], found: dict[UUID, Held]) -> list[UUID]:
    """Those that Redis holds nothing newer of."""
    asked = [each for each in conversations if each not in found]
    if not asked:
        return []
    scores = client().zmscore(DUE, [each.hex for each in asked])
    return [each for each, score in zip(asked, scores, strict=True) if score is None]


def _read_heads(found: dict[UUID, Held]) -> None:
    pipe = client().pipeline()
    for conversation in found:
        pipe.hgetall(meta_key(conversation))
        for key in list_keys(conversation):
            pipe.llen(key)
    replies: list[Any] = pipe.execute()
    for held, place in zip(found.values(), range(0, len(replies), 3), strict=True):
        meta, first, rest = replies[place : place + 3]
        _take_head(held, {name.decode(): value.decode() for name, value in meta.items()})
        held.first, held.rest = [b""] * first, [b""] * rest


def _take_head(held: Held, meta: dict[str, str]) -> None:
    held.site, held.audience = _whole(meta.get("site")), _whole(meta.get("audience"))
    held.rules = [int(each) for each in meta.get("rules", "").split(",") if each]
    held.reasons = [each for each in meta.get("reasons", "").split(",") if each]
    held.kept = "kept" in meta
    held.gone, held.missing, held.text = (int(meta.get(name, 0)) for name in ("gone", "left_out", "text"))
    held.left_out = held.missing
    held.began, held.ended = (int(meta.get(name, 0)) / 1000 for name in ("began", "last"))
    held.records = int(meta.get("first_records", 0)) + int(meta.get("rest_records", 0))


def _whole(value: str | None) -> int | None:
    return int(value) if value else None


def _read_rows(found: dict[UUID, Held], now: Current) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [now.hold, list(found)])
        for number, conversation, site, audience, rules, reasons, records, size, young, at in cursor.fetchall():
            held = found[conversation]
            held.busy |= young
            held.began, held.ended = min(held.began or at, at), max(held.ended, at)
            held.site = held.site if held.site is not None else site
            held.audience = held.audience if held.audience is not None else audience
            held.rules = list(dict.fromkeys([*held.rules, *rules]))
            held.reasons = list(dict.fromkeys([*held.reasons, *reasons]))
            held.rows.append(Row(number, records, size))
            held.records, held.text = held.records + records, held.text + 3 * size


def _read_chunks(held: Sequence[Held]) -> None:
    pipe = client().pipeline()
    for each in held:
        for key in list_keys(each.conversation):
            pipe.lrange(key, 0, -1)
        pipe.hmget(meta_key(each.conversation), "gone", "left_out")
    replies: list[Any] = pipe.execute() if held else []
    for each, place in zip(held, range(0, len(replies), 3), strict=True):
        each.first, each.rest, (gone, missing) = replies[place : place + 3]
        each.gone, each.missing = int(gone or 0), int(missing or 0)
        each.left_out = each.missing


def _lines(chunk: bytes) -> list[Line]:
    try:
        return list(unpacked(chunk))
    except ValueError:
        log.exception("A chunk of records is left out")
        return []


def _chosen(each: Held, most: int) -> list[Row]:
    """Of Postgres's rows: all, or the first ones and the newest ones."""
    rows = [row for row in each.rows if row.records]
    if sum(row.records for row in rows) <= most:
        return rows
    first = list(_within(rows, most // 4))
    rest = list(_within(reversed(rows[len(first) :]), most - most // 4))
    each.left_out += sum(row.records for row in rows) - sum(row.records for row in [*first, *rest])
    return [*first, *reversed(rest)]


def _within(rows: Iterable[Row], most: int) -> Iterator[Row]:
    for row in rows:
        most -= row.records
        if most < 0:
            return
        yield row


def _data(ids: Sequence[int], conversations: Sequence[UUID]) -> dict[int, bytes]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DATA, [list(ids), list(conversations)])
        return {number: bytes(data) for number, data in cursor.fetchall()}
