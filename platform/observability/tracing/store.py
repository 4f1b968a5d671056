"""Traces on their way to Postgres: kept in memory for seconds, written many at a time by the statistics' thread.

While Postgres is away the newest wait, as far as there is room; what is a day old by then is not written any more.
"""

import logging
import os
import time
from collections import deque
from typing import Any, LiteralString

from django.conf import settings
from django.db import DataError, IntegrityError, connection

from observability.statistics import flushing
from observability.tracing.encoding import encode
from observability.tracing.spans import Trace

log = logging.getLogger(__name__)
MOST = 5000  # traces that wait: some 30 MB
AT_ONCE = 500  # in one statement
DAY, HOUR = 86_400.0, 3600.0
WRITE: LiteralString = """
    INSERT INTO observability_trace
        (at, turn, attempt, conversation, site, model, rule, audience, state, offset_ms, took_ms, spans)
    SELECT now() - given.age * interval '1 s', turn, attempt, conversation, site, model, rule, audience, state,
           offset_ms, took_ms, spans
    FROM unnest(%s::float8[], %s::bigint[], %s::int[], %s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[],
                %s::text[], %s::int[], %s::int[], %s::bytea[])
        AS given (age, turn, attempt, conversation, site, model, rule, audience, state, offset_ms, took_ms, spans)
"""
KEEP: LiteralString = "SELECT observability_keep_traces(%s)"

_waiting: deque[Trace] = deque()
_dropped = 0
_looked_after = float("-inf")  # when partitions were made and dropped last, monotonic


def keep(trace: Trace) -> None:
    """Write it soon. Too many: it is dropped, and the log says how many were."""
    global _dropped  # noqa: PLW0603 - a process has one queue
    if not settings.TRACE_DAYS:
        return
    if len(_waiting) >= MOST:
        _dropped += 1
        return
    _waiting.append(trace)
    flushing.start()


def flush() -> None:
    """Write what waits, over Django's connection of this thread. Raises what that raises; nothing is lost then."""
    global _dropped
    if _dropped:
        dropped, _dropped = _dropped, 0
        log.warning("%s traces were dropped: Postgres was away, or could not follow", dropped)
    if settings.TRACE_DAYS and time.monotonic() - _looked_after > HOUR:
        look_after()
    while taken := _take():
        try:
            _write(taken)
        except (DataError, IntegrityError) as error:
            log.error("%s traces were not written: %s", len(taken), error)  # noqa: TRY400 - the statement says it all
        except BaseException:
            _waiting.extendleft(reversed(taken))
            raise


def look_after() -> None:
    """Make the partitions of the days to come, and drop those that are older than PARLEY_TRACE_DAYS."""
    global _looked_after  # noqa: PLW0603
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [max(settings.TRACE_DAYS, 1)])
    _looked_after = time.monotonic()


def start_anew() -> None:
    """In a process that was forked off: what the parent keeps, the parent writes."""
    global _dropped  # noqa: PLW0603
    _waiting.clear()
    _dropped = 0


def _take() -> list[Trace]:
    return [_waiting.popleft() for _ in range(min(len(_waiting), AT_ONCE))]


def _write(traces: list[Trace]) -> None:
    now = time.monotonic()
    rows = [_row(each, now) for each in traces if now - each.began < DAY]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])


def _row(trace: Trace, now: float) -> tuple[Any, ...]:
    ended = now if trace.ended is None else trace.ended
    return (
        now - trace.began,
        trace.turn,
        trace.attempt,
        trace.conversation,
        trace.site,
        trace.model,
        trace.rule,
        trace.audience,
        trace.state[:40],
        None if trace.offset is None else round(1000 * trace.offset),
        round(1000 * (ended - trace.began)),
        encode(trace),
    )


os.register_at_fork(after_in_child=start_anew)
