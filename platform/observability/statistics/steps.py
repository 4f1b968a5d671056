"""How a period is cut into steps, and which rows hold each part of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from observability.statistics.period import MOST_POINTS, Period

MINUTE, HOUR, DAY = 60, 3600, 86400
STEPS = (
    MINUTE, 120, 300, 600, 900, 1800,
    HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
    DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY, 3640 * DAY,
)  # fmt: skip


class Grain(StrEnum):
    """Rows of one minute, one hour, one day (UTC)."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """How long it is."""
        return {Grain.MINUTE: MINUTE, Grain.HOUR: HOUR, Grain.DAY: DAY}[self]

    @property
    def kept(self) -> timedelta:
        """How long its rows are kept at least."""
        days = {
            Grain.MINUTE: settings.STATISTICS_MINUTE_DAYS,
            Grain.HOUR: settings.STATISTICS_HOUR_DAYS,
            Grain.DAY: settings.STATISTICS_DAY_DAYS,
        }
        return timedelta(days=days[self])


@dataclass(frozen=True)
class Part:
    """A stretch of time, whole in the rows of one grain."""

    grain: Grain
    start: datetime
    end: datetime


def step_for(period: Period, points: int) -> int:
    """The shortest step that makes at most so many, from rows that are still kept. Raises ValueError."""
    if not 1 <= points <= MOST_POINTS:
        raise ValueError(f"A chart has 1 to {MOST_POINTS} points, not {points}.")
    least = max(period.length.total_seconds() / points, finest(period).seconds)
    return next(step for step in STEPS if step >= least)


def kept_step(period: Period, step: int) -> int:
    """A step that somebody chose, longer where its rows are no longer kept. Raises ValueError."""
    if step < MINUTE or step % MINUTE:
        raise ValueError("A step is a whole number of minutes.")
    size = finest(period).seconds
    found = -(-step // size) * size
    if period.length.total_seconds() / found > MOST_POINTS * 24:
        raise ValueError("So long a range needs longer steps.")
    return found


def finest(period: Period) -> Grain:
    """The finest rows that are still there for all of it."""
    now = timezone.now()
    return next((grain for grain in (Grain.MINUTE, Grain.HOUR) if period.start >= now - grain.kept), Grain.DAY)


def coarsest(step: int) -> Grain:
    """The longest rows that such steps are made of."""
    return next(grain for grain in (Grain.DAY, Grain.HOUR, Grain.MINUTE) if step % grain.seconds == 0)


def parts(period: Period) -> list[Part]:
    """The fewest rows that cover the period: days within hours within minutes, as far as these are kept."""
    grain = finest(period)
    start, end = period.spread(grain.seconds)
    coarser = {Grain.MINUTE: [Grain.HOUR, Grain.DAY], Grain.HOUR: [Grain.DAY], Grain.DAY: []}[grain]
    return _within(grain, coarser, start, end)


def _within(grain: Grain, coarser: list[Grain], start: datetime, end: datetime) -> list[Part]:
    """Coarser rows in the middle, this grain's at both ends."""
    if start >= end:
        return []
    if coarser:
        size = coarser[0].seconds
        first, last = -(-start.timestamp() // size) * size, end.timestamp() // size * size
        if first < last:
            inner, outer = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
            return [
                *_within(grain, [], start, inner),
                *_within(coarser[0], coarser[1:], inner, outer),
                *_within(grain, [], outer, end),
            ]
    return [Part(grain, start, end)]
