"""Moving what is kept from where it is held into the log: one transaction for a batch of conversations.

It may be done twice: records have numbers, and those that are there already are not written again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from observability.logs.chunk import Line
from observability.logs.due import Held
from observability.logs.kinds import Kind, Reason
from observability.models import HeldLog, LogErasure, LoggedConversation, LogRecord
from observability.redaction import numbered

# Held by whoever decides or erases: a record is never kept after it was erased.
LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('parley logs'))"
# The data come as one text: as an array, each quotation mark in them would be escaped, by Python. JSON has no character
# number 30 that is not written as \u001e.
INSERT: LiteralString = """
    WITH new AS (
        INSERT INTO observability_logrecord
            (conversation, at, number, troubled, turn, site, audience, rule, kind, data)
        SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::boolean[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::text[], string_to_array(%s, chr(30)))
        ON CONFLICT DO NOTHING
        RETURNING conversation, at, octet_length(data) + 60 AS size
    )
    SELECT conversation, count(*), sum(size), min(at), max(at) FROM new GROUP BY conversation
"""
MIDDLE: LiteralString = """
    WITH placed AS (
        SELECT at, number, row_number() OVER (ORDER BY at, number) AS place, count(*) OVER () AS many
        FROM observability_logrecord WHERE conversation = %(conversation)s AND kind <> 'gap'
    ), gone AS (
        DELETE FROM observability_logrecord r USING placed
        WHERE r.conversation = %(conversation)s AND r.at = placed.at AND r.number = placed.number
            AND placed.place > %(first)s AND placed.place <= placed.many - %(rest)s
        RETURNING octet_length(r.data) + 60 AS size
    )
    SELECT count(*), coalesce(sum(size), 0) FROM gone
"""


DIVIDER = "\x1e"
AT_ONCE = 4 << 20  # bytes of records in one statement
CHANGING = ("rules", "reasons", "first_at", "last_at", "records", "size", "left_out", "names")


class Written(NamedTuple):
    """Records of a conversation that were not there before: how many, their bytes, when the first and last were."""

    records: int
    size: int
    first: datetime | None
    last: datetime | None


Pair = tuple[Held, LoggedConversation]


@dataclass
class Outcome:
    """What became of a conversation now: "sampled", "troubled", "dropped", or "" where it was decided before."""

    conversation: UUID
    label: str
    records: int = 0
    size: int = 0


def keep(held: Sequence[Held], reasons: Mapping[UUID, Sequence[str]], most_records: int) -> list[Outcome]:
    """Keep these conversations' records for these reasons, which may be none for those that are kept already."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        ids = [each.conversation for each in held]
        before = LoggedConversation.objects.in_bulk(ids)
        _without_erased(held, ids)
        found = [(each, before.get(each.conversation) or _row(each)) for each in held]
        rows = [(each, row) for each, row in found if row is not None]
        for each, row in rows:
            _learn(row, each, reasons[each.conversation])
        outcomes = [outcome for part in _parts(rows) for outcome in _keep(part, before, most_records)]
        _let_go(held)
    nothing = [Outcome(each.conversation, "") for each, row in found if row is None]
    return [*outcomes, *nothing]


def drop_held(held: Sequence[Held]) -> list[Outcome]:
    """Drop what Postgres holds of these. Those that somebody else decided meanwhile do not count."""
    rows = [each for each in held if each.rows]
    deleted = _let_go(rows) if rows else 0
    return [
        Outcome(each.conversation, "dropped" if each.in_redis or deleted else "", each.records, each.text)
        for each in held
    ]


def _let_go(held: Sequence[Held]) -> int:
    rows = [row.id for each in held for row in each.rows]
    conversations = [each.conversation for each in held]
    return HeldLog.objects.filter(id__in=rows, conversation__in=conversations).delete()[0] if rows else 0


def _without_erased(held: Iterable[Held], ids: Sequence[UUID]) -> None:
    """Records from before an erasing may have been on their way."""
    erased = dict(LogErasure.objects.filter(conversation__in=ids).values_list("conversation", "at"))
    for each in held:
        if at := erased.get(each.conversation):
            each.lines = [line for line in each.lines if _moment(line.at) > at]


def _learn(row: LoggedConversation, each: Held, reasons: Sequence[str]) -> None:
    """Why it is kept, and what rules decided in it. Where it is troubled only now, its records become it too."""
    was_troubled, known = row.troubled, row.reasons
    row.reasons = list(dict.fromkeys([*row.reasons, *reasons]))
    row.rules = list(dict.fromkeys([*row.rules, *each.rules]))
    if known and row.troubled and not was_troubled:
        LogRecord.objects.filter(conversation=row.conversation, troubled=False).update(troubled=True)


def _parts(rows: Sequence[Pair]) -> Iterator[list[Pair]]:
    """As many together as one statement should carry."""
    part, size = list[Pair](), 0
    for each, row in rows:
        size += sum(line.size for line in each.lines)
        if part and size > AT_ONCE:
            yield part
            part, size = [], sum(line.size for line in each.lines)
        part.append((each, row))
    if part:
        yield part


def _keep(rows: Sequence[Pair], before: Mapping[UUID, LoggedConversation], most: int) -> list[Outcome]:
    written = _insert([(line, row) for each, row in rows for line in each.lines])
    nothing = Written(0, 0, None, None)
    outcomes = []
    for each, row in rows:
        new = written.get(row.conversation, nothing)
        _note(row, new)
        row.left_out += each.left_out if new.records else 0
        if row.records > most or each.left_out:
            _trim(row, most)
        label = "" if row.conversation in before else "troubled" if row.troubled else "sampled"
        outcomes.append(Outcome(each.conversation, label, new.records, new.size))
    LoggedConversation.objects.bulk_create([row for _, row in rows if row.conversation not in before])
    known = [row for _, row in rows if row.conversation in before]
    LoggedConversation.objects.bulk_update(known, CHANGING)
    return outcomes


def _row(each: Held) -> LoggedConversation | None:
    """A new one; None where nothing is held that could be kept."""
    if not each.lines:
        return None
    times = [line.at for line in each.lines]
    return LoggedConversation(
        conversation=each.conversation,
        site=each.site,
        audience=each.audience,
        reasons=[],
        first_at=_moment(min(times)),
        last_at=_moment(max(times)),
    )


def _insert(lines: Sequence[tuple[Line, LoggedConversation]]) -> dict[UUID, Written]:
    """What was new of each conversation."""
    if not lines:
        return {}
    return _written(list(zip(*(_columns(line, row) for line, row in lines), strict=True)))


def _written(columns: Sequence[Sequence[Any]]) -> dict[UUID, Written]:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*(list(column) for column in columns[:-1]), DIVIDER.join(columns[-1])])
        return {
            conversation: Written(records, int(size), first, last)
            for conversation, records, size, first, last in cursor.fetchall()
        }


def _note(row: LoggedConversation, new: Written) -> None:
    row.records, row.size = row.records + new.records, row.size + new.size
    if new.first and new.last:
        row.first_at, row.last_at = min(row.first_at, new.first), max(row.last_at, new.last)


def _columns(line: Line, row: LoggedConversation) -> tuple[Any, ...]:
    about = (line.turn, line.site, line.audience, line.rule, line.kind)
    data = numbered(line.data, row.names)
    return (row.conversation, _moment(line.at), line.number, row.troubled, *about, data)


def _trim(row: LoggedConversation, most: int) -> None:
    """Leave the middle out, and say so where it was."""
    first = most // 4
    with connection.cursor() as cursor:
        cursor.execute(MIDDLE, {"conversation": row.conversation, "first": first, "rest": most - first})
        records, size = cursor.fetchone()
    row.records, row.size, row.left_out = row.records - records, row.size - int(size), row.left_out + records
    records_of_it = LogRecord.objects.filter(conversation=row.conversation)
    records_of_it.filter(kind=Kind.GAP).delete()
    place = list(records_of_it.order_by("at", "number").values_list("at", flat=True)[:first])
    gap = Line(int(1000 * place[-1].timestamp()), _gap_number(row), Kind.GAP.value, None, None, None, None, "")
    data = f'{{"left_out": {row.left_out}}}'
    columns = [[value] for value in _columns(gap._replace(data=data), row)]
    columns[1] = [place[-1]]  # to the microsecond
    _written(columns)


def _gap_number(row: LoggedConversation) -> int:
    """After every record of its moment."""
    return (1 << 62) + (row.conversation.int & 0xFFFFFFFF)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def reasons_of(held: Held, *, sampled: bool, alerted: bool) -> list[str]:
    """Why it is kept; nothing: it is not."""
    found = [*held.reasons, *([Reason.ALERT.value] if alerted and Reason.ALERT.value not in held.reasons else [])]
    return found or ([Reason.SAMPLED.value] if sampled else [])
