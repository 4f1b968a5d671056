"""When the message came: hours and days of the week, where somebody is."""

import functools
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.fields import Field, Params, given, refuse_unknown, text, texts, trouble

DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip


@condition
@dataclass(frozen=True)
class Hours(Condition):
    """From `start`, included, until `end`, excluded, of some days. Over midnight, the night belongs to the day before.

    Equal ends, and none, are the whole day; no days are all.
    """

    kind = "hours"
    title = "Hour and weekday"
    place = 90
    help = "When the message came. Hours may go over midnight: 22:00 to 06:00 of Friday ends on Saturday morning."
    of_text = False

    start: time | None = None
    end: time | None = None
    days: tuple[str, ...] = ()
    zone: str = "UTC"

    @classmethod
    def fields(cls) -> list[Field]:
        """Hours, days and whose they are."""
        return [
            Field("start", "From", "time", "Hours and minutes.", placeholder="09:00"),
            Field("end", "Until", "time", "Not included.", placeholder="17:30"),
            Field("days", "Days", "choices", "None: every day.", choices=tuple(DAYS.items())),
            Field(
                "zone", "Time zone", "text", "As the tz database names it.", default="UTC", placeholder="Europe/Berlin"
            ),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        start, end = _time(params, "start"), _time(params, "end")
        if (start is None) != (end is None):
            raise trouble("start" if start is None else "end", "Write both times, or none for the whole day.")
        days = _days(params)
        if start is None and not days:
            raise trouble("start", "Write the times, or choose days.")
        return cls(start, end, days, _zone(text(params, "zone", most=60) or "UTC"))

    @functools.cached_property
    def _zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def holds(self, question: Question) -> Outcome:
        """Names the day and the time there."""
        there = question.asked_at.astimezone(self._zone_info)
        return Outcome(self._at(there), f"{there:%a %H:%M} ({self.zone})")

    def _at(self, there: datetime) -> bool:
        now = there.time().replace(tzinfo=None)
        if self.start is None or self.end is None or self.start == self.end:
            return self._on(there)
        if self.start < self.end:
            return self.start <= now < self.end and self._on(there)
        return (now >= self.start and self._on(there)) or (now < self.end and self._on(there - timedelta(days=1)))

    def _on(self, there: datetime) -> bool:
        return not self.days or list(DAYS)[there.weekday()] in self.days

    def sentence(self) -> str:
        """For people."""
        when = f"from {self.start:%H:%M} until {self.end:%H:%M}" if self.start and self.end else "the whole day"
        days = ", ".join(DAYS[day] for day in self.days) or "every day"
        return f"it is {when}, {days} ({self.zone})"

    def covers(self, other: Condition) -> bool:
        """All of the other's minutes of the week, in the same time zone."""
        return isinstance(other, Hours) and other.zone == self.zone and other.minutes <= self.minutes

    def excludes(self, other: Condition) -> bool:
        """No minute in common, in the same time zone."""
        return isinstance(other, Hours) and other.zone == self.zone and not other.minutes & self.minutes

    @functools.cached_property
    def minutes(self) -> frozenset[int]:
        """Those of a week, from Monday's first, in which it holds."""
        monday = datetime(2024, 1, 1)  # noqa: DTZ001 - the clock on the wall: any Monday
        return frozenset(each for each in range(7 * 24 * 60) if self._at(monday + timedelta(minutes=each)))


def _time(params: Params, field: str) -> time | None:
    value: Any = given(params, field)
    if value is None:
        return None
    try:
        return datetime.strptime(value.strip(), "%H:%M").time()  # noqa: DTZ007 - the clock on the wall
    except (AttributeError, ValueError, TypeError):
        raise trouble(field, "Write hours and minutes like 09:30; midnight is 00:00.") from None


def _days(params: Params) -> tuple[str, ...]:
    if given(params, "days") is None:
        return ()
    found = texts(params, "days", most=7, longest=3, missing="")
    if odd := set(found) - set(DAYS):
        raise trouble("days", f"There is no {', '.join(sorted(odd))}: choose of {', '.join(DAYS)}.")
    return tuple(day for day in DAYS if day in found)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise trouble("zone", f"There is no time zone “{name}”: write it like Europe/Berlin or UTC.") from None
    return name
