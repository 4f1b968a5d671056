"""Stretches of time, and what of the figures is wanted. Bad ones are ValueError, in words for people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

LONGEST = timedelta(days=3660)
MOST_POINTS = 2000


@dataclass(frozen=True)
class Period:
    """From `start` up to, but without, `end`: aware datetimes, as they are; statistics know whole minutes.

    Raises ValueError for times without a time zone, an end that is not after the start, and more than ten years.
    A period in the future is allowed, and empty.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Check."""
        for moment in (self.start, self.end):
            if moment.tzinfo is None:
                raise ValueError(f"{moment} says no time zone.")
            if not 1971 <= moment.year <= 9000:
                raise ValueError(f"{moment:%Y-%m-%d} is out of the range of the statistics.")
        if self.end <= self.start:
            raise ValueError("The end of a range must be after its start.")
        if self.end - self.start > LONGEST:
            raise ValueError("A range may span ten years at most.")

    @classmethod
    def last(cls, length: timedelta, *, until: datetime | None = None) -> "Period":
        """The time up to now, or to `until`."""
        end = until or timezone.now()
        return cls(end - length, end)

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start

    @property
    def before(self) -> "Period":
        """The period of the same length that ends where this one starts, to compare with."""
        return Period(self.start - self.length, self.start)

    def spread(self, step: int) -> tuple[datetime, datetime]:
        """Start and end, moved outwards to whole steps of so many seconds since 1970."""
        first, last = self.start.timestamp() // step, -(-self.end.timestamp() // step)
        return datetime.fromtimestamp(first * step, UTC), datetime.fromtimestamp(last * step, UTC)


@dataclass(frozen=True)
class Where:
    """Only what belongs to one of the named of each kind; an empty kind asks for nothing.

    None among numbers means: of no site (model, rule, audience).
    """

    sites: tuple[int | None, ...] = ()
    models: tuple[int | None, ...] = ()
    rules: tuple[int | None, ...] = ()
    audiences: tuple[int | None, ...] = ()
    labels: tuple[str, ...] = ()
