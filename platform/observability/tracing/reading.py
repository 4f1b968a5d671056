"""Traces as they are read: each attempt of a turn with its steps."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from observability.models.traces import Trace
from observability.tracing.encoding import StoredSpan, decode

log = logging.getLogger(__name__)
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """An attempt. `offset` is in seconds after the message was accepted, None when it is not known."""

    turn: int
    attempt: int
    state: str
    at: datetime
    offset: float | None
    seconds: float
    spans: list[StoredSpan] = field(default_factory=list)


def traces_of(turns: Iterable[int], *, since: datetime, until: datetime | None = None) -> dict[int, list[StoredTrace]]:
    """The traces of these turns, by turn, attempts in order. One query, on the days from `since` to `until` alone."""
    found: defaultdict[int, list[StoredTrace]] = defaultdict(list)
    rows = Trace.objects.filter(turn__in=list(turns), at__gte=since - SKEW).order_by("turn", "attempt", "at")
    for row in rows.filter(at__lte=until + SKEW) if until else rows:
        found[row.turn].append(_stored(row))
    return dict(found)


def _stored(row: Trace) -> StoredTrace:
    try:
        spans = decode(bytes(row.spans))
    except ValueError as error:
        log.warning("The steps of turn %s, attempt %s cannot be read: %s", row.turn, row.attempt, error)
        spans = []
    offset = None if row.offset_ms is None else row.offset_ms / 1000
    return StoredTrace(row.turn, row.attempt, row.state, row.at, offset, row.took_ms / 1000, spans)
