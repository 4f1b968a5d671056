"""Searching in logs, newest first, within a bounded time: how far it looked is said, and it can go on from there.

Conversations are found by their row. Texts are looked for in the records themselves, some thousands at a time, back
from the newest; no index is kept for them, since logs are written all the time and searched now and then.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet

from observability.logs.kinds import Reason
from observability.models import LoggedConversation, LogRecord

PAGE = 50
STEP = 4000  # records that are looked at in one statement
SECONDS = 3.0
Place = tuple[datetime, int]  # of a record: its time and number


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is None or empty does not matter."""

    start: datetime | None = None
    end: datetime | None = None
    site: int | None = None
    audience: int | None = None
    rule: int | None = None
    reason: str = ""
    kind: str = ""
    turn: int | None = None
    text: str = ""

    @property
    def of_records(self) -> bool:
        """Whether it is about single records."""
        return bool(self.kind or self.text or self.turn is not None)


@dataclass
class Found:
    """A page. `before`: where to go on, None at the end. `looked_back_to` is set when time ran out first."""

    conversations: list[LoggedConversation] = field(default_factory=list)
    records: list[LogRecord] = field(default_factory=list)
    before: Place | None = None
    looked_back_to: datetime | None = None


def find_conversations(wanted: Wanted, before: Place | None = None) -> Found:
    """Logged conversations, those with the newest record first. Raises TooSlow."""
    rows = LoggedConversation.objects.filter(_times(wanted, "last_at", "first_at"), _about(wanted))
    if wanted.rule is not None:
        rows = rows.filter(rules__contains=[wanted.rule])
    if wanted.reason:
        rows = rows.filter(reasons__contains=[wanted.reason])
    start = before[1] if before else 0
    with limited(SECONDS):
        page = list(rows.order_by("-last_at")[start : start + PAGE + 1])
    more = (page[PAGE - 1].last_at, start + PAGE) if len(page) > PAGE else None
    return Found(conversations=page[:PAGE], before=more)


def find_records(wanted: Wanted, before: Place | None = None, *, seconds: float = SECONDS) -> Found:
    """Records, the newest first."""
    until, found, place = time.monotonic() + seconds, Found(), before
    while (left := until - time.monotonic()) > 0:
        try:
            with limited(left):
                last = _step_end(wanted, place)
                rows = _matching(wanted, place, last)
        except TooSlow:
            break
        found.records += list(rows)
        if len(found.records) > PAGE:
            kept = found.records[:PAGE]
            return Found(records=kept, before=(kept[-1].at, kept[-1].number))
        if last is None:
            return found
        place = last
    found.before, found.looked_back_to = place, place[0] if place else None
    return found


class TooSlow(Exception):
    """The time was not enough."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Statements inside end after so long, with TooSlow."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{max(1, int(1000 * seconds))}ms"])
            yield
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "57014":  # query_canceled
            raise TooSlow from error
        raise


def _step_end(wanted: Wanted, place: Place | None) -> Place | None:
    """The last record of the next STEP ones; None when there are fewer."""
    rows = _window(wanted, place).order_by("-at", "-number")
    return rows.values_list("at", "number")[STEP - 1 : STEP].first()


def _matching(wanted: Wanted, place: Place | None, last: Place | None) -> QuerySet[LogRecord]:
    rows = _window(wanted, place).filter(_about(wanted))
    if last:
        rows = rows.filter(Q(at__gt=last[0]) | Q(at=last[0], number__gte=last[1]), at__gte=last[0])
    if wanted.rule is not None:
        rows = rows.filter(rule=wanted.rule)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.turn is not None:
        rows = rows.filter(turn=wanted.turn)
    if wanted.text:
        rows = rows.filter(data__icontains=as_stored(wanted.text))
    if wanted.reason and wanted.reason != Reason.SAMPLED:
        of_reason = LoggedConversation.objects.filter(reasons__contains=[wanted.reason])
        rows = rows.filter(conversation__in=of_reason.values("conversation"))
    return rows.order_by("-at", "-number")[: PAGE + 1]


def _window(wanted: Wanted, place: Place | None) -> QuerySet[LogRecord]:
    """In time, and in the half that can have it."""
    rows = LogRecord.objects.filter(_times(wanted, "at", "at"))
    if wanted.reason:
        rows = rows.filter(troubled=wanted.reason != Reason.SAMPLED)
    if place:
        rows = rows.filter(Q(at__lt=place[0]) | Q(at=place[0], number__lt=place[1]), at__lte=place[0])
    return rows


def _times(wanted: Wanted, ends: str, begins: str) -> Q:
    """Something of it is between the two."""
    after = Q(**{f"{ends}__gte": wanted.start}) if wanted.start else Q()
    return after & (Q(**{f"{begins}__lt": wanted.end}) if wanted.end else Q())


def _about(wanted: Wanted) -> Q:
    given = {name: value for name in ("site", "audience") if (value := getattr(wanted, name)) is not None}
    return Q(**given)


def as_stored(text: str) -> str:
    """A text as it stands in JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def reasons_of(conversations: list[UUID]) -> dict[UUID, list[str]]:
    """Why they are kept."""
    rows: Any = LoggedConversation.objects.filter(conversation__in=set(conversations))
    return dict(rows.values_list("conversation", "reasons"))
