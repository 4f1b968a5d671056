"""How long logs are kept: by days and by bytes. Whatever goes, goes as whole partitions; those to come are made ahead.

tend()  # a chore of the leader, once a minute
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from django.db import connection, transaction
from django.utils import timezone

from observability.logs.kinds import Reason
from observability.models import HeldLog, LogErasure, LoggedConversation, LogRecord, LogSettings

log = logging.getLogger(__name__)
SAMPLED, TROUBLED = "observability_logsampled", "observability_logtroubled"
A_DAY = timedelta(days=1)
ERASURES_KEPT = timedelta(days=2)  # longer than any record is on its way
MAKE: LiteralString = """
    SELECT observability_make_partition(parent, now() + ahead * interval '1 day')
    FROM unnest(%s::text[]) AS parents (parent), generate_series(0, 1) AS ahead
"""
MAKE_HELD: LiteralString = "SELECT observability_make_held(now()), observability_make_held(now() + interval '1 hour')"
CARRY: LiteralString = """
    UPDATE observability_heldlog SET held_at = clock_timestamp()
    WHERE held_at < date_trunc('hour', now() - interval '3 hours')
"""
PARTS: LiteralString = """
    SELECT parent.relname, child.relname, pg_total_relation_size(child.oid) FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE inhparent = ANY(ARRAY[to_regclass('observability_logsampled'), to_regclass('observability_logtroubled')])
"""


@dataclass(frozen=True)
class Part:
    """A day's partition, or the one for records that no partition was there for (`day` is None)."""

    half: str
    name: str
    day: datetime | None
    size: int


def tend() -> None:
    """Make partitions, drop what is over, forget what is not there any more. Raises database errors."""
    _execute(MAKE, [SAMPLED, TROUBLED])
    _execute(MAKE_HELD)
    if HeldLog.objects.exists():
        _execute(CARRY)
    _execute("SELECT observability_drop_held()")
    limits = LogSettings.objects.filter(pk=1).first() or LogSettings()
    before = {
        SAMPLED: _days_ago(limits.sampled_days),
        TROUBLED: _days_ago(limits.troubled_days),
    }
    before |= _by_bytes(parts(), before, limits.kept_megabytes << 20)
    for half, day in before.items():
        _drop(half, day)
    LogErasure.objects.filter(at__lt=timezone.now() - ERASURES_KEPT).delete()


def parts() -> list[Part]:
    """The partitions of what is kept, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS)
        found = [Part(half, name, _day_of(half, name), size) for half, name, size in cursor.fetchall()]
    return sorted(found, key=lambda part: part.day or datetime.min.replace(tzinfo=UTC))


def kept_bytes() -> int:
    """What is kept takes so many on the disk."""
    return sum(part.size for part in parts())


def _by_bytes(found: list[Part], before: dict[str, datetime], most: int) -> dict[str, datetime]:
    """From which day on each half is kept so that both are within the size: sampled days go first, never today's."""
    left = [part for part in found if part.day is None or part.day >= before[part.half]]
    size, limits = sum(part.size for part in left), dict[str, datetime]()
    for part in _going(left):
        if size <= most:
            return limits
        size -= part.size
        limits[part.half] = (part.day or _today()) + A_DAY
    if size > most:
        log.warning("Logs take %s MiB, more than they may: today's alone are too many", size >> 20)
    return limits


def _going(found: list[Part]) -> Iterator[Part]:
    for half in (SAMPLED, TROUBLED):
        yield from (part for part in found if part.half == half and part.day and part.day < _today())


def _drop(half: str, day: datetime) -> None:
    troubled = half == TROUBLED
    with transaction.atomic():
        _execute("SET LOCAL lock_timeout = '2s'")  # rather try again than have everybody wait behind a long search
        _execute("SELECT observability_drop_partitions(%s, %s)", half, day)
        LogRecord.objects.filter(at__lt=day, troubled=troubled).delete()  # of the partition for the others, if any
        gone = LoggedConversation.objects.filter(last_at__lt=day)
        sampled = gone.filter(reasons=[Reason.SAMPLED.value])
        (gone if troubled else sampled).delete()


def _days_ago(days: int) -> datetime:
    return _today() - days * A_DAY


def _today() -> datetime:
    return timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _day_of(half: str, name: str) -> datetime | None:
    day = name.removeprefix(f"{half}_")
    return datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) if day.isdigit() else None


def _execute(statement: LiteralString, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
