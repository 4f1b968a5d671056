"""The decision about each conversation whose time is over: kept in full, or dropped.

    decide_due()  # a chore of the leader; two at once and a death in the middle lose nothing

What is kept is in Postgres before Redis is told. Whoever dies in between leaves the conversation to the next, who finds
its records in the log already.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from observability.alerts import firing
from observability.logs.current import Current, current
from observability.logs.due import LEASE, Held, due, read_records, release
from observability.logs.keeping import Outcome, drop_held, keep, reasons_of
from observability.logs.sampling import draw
from observability.logs.scripts import DECIDING, client
from observability.models import LoggedConversation
from observability.statistics import add

log = logging.getLogger(__name__)
BATCH = 100
SECONDS = 5.0  # that one call goes on for
TALLY = """
    INSERT INTO observability_logtally (day, outcome, conversations, records, size)
    SELECT (now() AT TIME ZONE 'UTC')::date, * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
    ON CONFLICT (day, outcome) DO UPDATE SET
        conversations = observability_logtally.conversations + excluded.conversations,
        records = observability_logtally.records + excluded.records,
        size = observability_logtally.size + excluded.size
"""


def decide_due(*, batch: int = BATCH, seconds: float = SECONDS) -> int:
    """Decide what is due; how many conversations. While another process does, nothing: what Postgres holds would be
    drawn for by both. Raises RedisError and database errors.
    """
    decided, until = 0, time.monotonic() + seconds
    with _alone() as alone:
        while alone and time.monotonic() < until:
            now = current()
            if not (held := due(now, batch)):
                break
            decided += _decide(held, now)
    return decided


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process decides. One that dies meanwhile is waited for as long as for what it had claimed."""
    lock = client().lock(DECIDING, timeout=LEASE / 1000, blocking=False)
    if not lock.acquire():
        yield False
        return
    try:
        yield True
    finally:
        with suppress(RedisError, OSError):  # it ran out, or Redis is away: then it runs out
            lock.release()


def _decide(held: Sequence[Held], now: Current) -> int:
    full = [each for each in held if not each.empty]
    known = set(
        LoggedConversation.objects.filter(conversation__in=[each.conversation for each in full]).values_list(
            "conversation", flat=True
        )
    )
    reasons = _reasons(full, known)
    kept = [each for each in full if each.conversation in known or reasons[each.conversation]]
    dropped = [each for each in full if each.conversation not in {each.conversation for each in kept}]
    read_records(kept, now)
    with transaction.atomic():
        outcomes = [*keep(kept, reasons, now.most_records), *drop_held(dropped)]
        _count(outcomes)
    release(held, [each.conversation for each in kept], now)
    for outcome in outcomes:
        if outcome.label:
            add("logs", float(outcome.size), label=outcome.label)
    return len(full)


def _reasons(held: Sequence[Held], known: set[UUID]) -> dict[UUID, list[str]]:
    """Why each is kept; those that are kept already need no reason."""
    untroubled = [each for each in held if not each.reasons and each.conversation not in known]
    alerted = _alerted(untroubled)
    drawn = draw([each for each in untroubled if each.conversation not in alerted])
    return {
        each.conversation: reasons_of(
            each, sampled=drawn.get(each.conversation, False), alerted=each.conversation in alerted
        )
        for each in held
    }


def _alerted(held: Sequence[Held]) -> set[UUID]:
    """Those in whose time an alert was bad that concerns their site, or the figures that made it so came about."""
    if not held:
        return set()
    since = datetime.fromtimestamp(min(each.began for each in held), UTC)
    firings = firing(since, timezone.now())
    if not firings:
        return set()
    return {
        each.conversation
        for each in held
        if any(
            (not one.sites or each.site in one.sites)
            and one.seen_from.timestamp() <= each.ended
            and (one.ended is None or one.ended.timestamp() >= each.began)
            for one in firings
        )
    }


def _count(outcomes: Sequence[Outcome]) -> None:
    labels = sorted({outcome.label for outcome in outcomes if outcome.label})
    if not labels:
        return
    of = {label: [each for each in outcomes if each.label == label] for label in labels}
    with connection.cursor() as cursor:
        cursor.execute(
            TALLY,
            [
                labels,
                [len(of[label]) for label in labels],
                [sum(each.records for each in of[label]) for label in labels],
                [sum(each.size for each in of[label]) for label in labels],
            ],
        )
