"""What was asked: the newest turns of a range with how they went, without their words. Blocking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import Case, Exists, FloatField, OuterRef, Q, QuerySet, When
from django.db.models.functions import Cast, Extract

from conversations.boards.words import Mark, marks_of
from conversations.ended import chosen
from conversations.models import ProblemReport, Rating, Turn, TurnState
from observability.dashboards import Reader
from routing.models import AnsweredBy

MOST = 5_000  # turns, the newest of the range: a fifth of a second with Postgres, on a quiet machine
SECONDS = 5  # of reading
UNKNOWN = ("unknown", "refusal")
FIELDS = (
    "message_id", "conversation__site_id", "at", "dollars", "cached_answer_id", "state", "finish_reason", "sourceless",
    "replaced_by", "answer__rating__value", "reported", "unsolved",
)  # fmt: skip


class Asked(NamedTuple):
    """One turn: the values of FIELDS, and the mark of its question. `at`: when it ended, in seconds since 1970.
    `sourceless`: an answer of a model or the articles that found nothing to draw on. `unsolved`: the last question of
    a conversation of which the contact said that it did not help.
    """

    message: int
    site: int
    at: float
    cost: float | None
    cached: int | None
    state: str
    finish_reason: str
    sourceless: bool
    replaced_by: int | None
    rating: int | None
    reported: bool
    unsolved: bool
    mark: Mark

    @property
    def failed(self) -> bool:
        """No answer came."""
        return self.state == TurnState.FAILED

    @property
    def unknown(self) -> bool:
        """The answer was that there is none."""
        return self.finish_reason in UNKNOWN

    @property
    def again(self) -> bool:
        """The contact had it asked again."""
        return self.replaced_by is not None

    @property
    def disliked(self) -> bool:
        """Thumbs down."""
        return self.rating == Rating.Value.DOWN


@dataclass(frozen=True)
class Sample:
    """What was read, newest first. `note` says what is missing; empty: nothing."""

    turns: Sequence[Asked]
    note: str = ""


def read(reader: Reader) -> Sample:
    """The newest turns of the reader's range and filters."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
            rows: list[tuple[Any, ...]] = list(turns(reader).values_list(*FIELDS))
            marks = marks_of([row[0] for row in rows[:MOST]])
    except OperationalError:
        return Sample((), "There is too much to read at once. Choose a shorter time.")
    found = [Asked._make((*row, marks[row[0]])) for row in rows[:MOST] if row[0] in marks]
    if len(rows) <= MOST:
        return Sample(found)
    since = f"{datetime.fromtimestamp(rows[MOST - 1][2], UTC):%-d %b, %H:%M}"
    return Sample(
        found,
        f"Only the newest {MOST:,} were looked at, since {since} UTC. For others choose a time that ends earlier.",
    )


def turns(reader: Reader) -> QuerySet[Turn]:
    """Those that were answered or failed, newest first: one more than MOST at most. They are chosen before anything is
    looked up for them, and what is looked up has an index.
    """
    start, end = reader.range.start, reader.range.end
    ended = Turn.objects.filter(chosen(reader.where), finished_at__gte=start, finished_at__lt=end)
    newest = ended.filter(state__in=[TurnState.ANSWERED, TurnState.FAILED]).order_by("-finished_at")
    searched = Q(answered_by__in=[AnsweredBy.MODEL, AnsweredBy.ARTICLES])
    later = Turn.objects.filter(conversation=OuterRef("conversation"), pk__gt=OuterRef("pk"))
    looked_up = {
        "at": Cast(Extract("finished_at", "epoch"), FloatField()),  # numbers are read in a tenth of a date's time
        "dollars": Cast("cost", FloatField()),
        "sourceless": searched & Q(answer__sources=[]),
        "reported": Exists(ProblemReport.objects.filter(message=OuterRef("answer"))),
        "unsolved": Case(When(conversation__solved=False, then=~Exists(later)), default=False),
    }
    of_all = Turn.objects.filter(pk__in=newest.values("pk")[: MOST + 1])
    return of_all.order_by("-finished_at").annotate(**looked_up)
