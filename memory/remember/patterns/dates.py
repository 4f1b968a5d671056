"""Relative dates made absolute, against the day that they were said on (UTC). Pure functions.

A week begins on Monday. "Next Friday" is the Friday of the next week, "last Friday" the latest before the day; a Friday
without either is the coming one, or in a sentence about the past the latest one.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

Span = tuple[date, date]  # the first day, and the day after the last
DOUBLED = re.compile(
    r"\b(from|until|till|to|through|by|since|before|after|between|and|von|bis|ab|seit|depuis|desde|hasta)\s+(?:on|am|le|el)\s+(?=\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Calendar:
    """How a language speaks of days. Each pattern's groups say what it found:

    day (a key of `days`) · lead, weekday, after · which and period · ahead or ago, with unit · date, month and year
    A group's name may end in underlines, where the language says the same in two ways.
    Weekdays and months are told by their first letters, `next` and `last` by what `which` or `lead` begin with.
    """

    pattern: re.Pattern[str]
    days: Mapping[str, int]
    weekdays: Sequence[str]
    months: Sequence[str]
    upcoming: tuple[str, ...]
    gone: tuple[str, ...]
    periods: Mapping[str, str]  # a word, or its beginning: "day", "week", "month" or "year"
    numbers: Mapping[str, int]
    on_day: str
    in_week: str
    in_month: str
    in_year: str


@dataclass(frozen=True)
class Resolved:
    """A sentence whose dates are absolute, and the days that it speaks of with their words, in order."""

    text: str
    days: tuple[tuple[str, Span], ...]

    def first_in(self, part: str) -> Span | None:
        """The first of the days that this part of the sentence speaks of."""
        return next((span for words, span in self.days if words in part), None)


def resolve(sentence: str, said_at: datetime, calendar: Calendar, *, past: bool = False) -> Resolved:
    """Replace what the calendar finds. What names no day that exists (30 February) stays as it is."""
    today = said_at.astimezone(UTC).date()
    days: list[tuple[str, Span]] = []

    def absolute(found: re.Match[str]) -> str:
        try:
            span, words = _read(found.groupdict(), today, calendar, past=past)
        except (ValueError, OverflowError):
            return found[0]
        days.append((words.partition(" ")[2] or words, span))
        return words

    return Resolved(DOUBLED.sub(r"\1 ", calendar.pattern.sub(absolute, sentence)), tuple(days))


def moment(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def _read(found: Mapping[str, str | None], today: date, calendar: Calendar, *, past: bool) -> tuple[Span, str]:
    values = {name.rstrip("_"): " ".join(value.lower().split()) for name, value in found.items() if value}
    if "day" in values:
        return _day(today + timedelta(calendar.days[values["day"]]), calendar)
    if "weekday" in values:
        lead = values.get("lead", "") + values.get("after", "")
        return _day(_weekday(_place(values["weekday"], calendar.weekdays), lead, today, calendar, past=past), calendar)
    if "period" in values:
        step = -1 if _is(values["which"], calendar.gone) else 1
        return _period(_period_of(values["period"], calendar), step, today, calendar)
    if "unit" in values:
        return _distance(values, today, calendar)
    return _date(values, today, calendar, past=past)


def _is(word: str, beginnings: tuple[str, ...]) -> bool:
    return any(part in word for part in beginnings)


def _place(word: str, beginnings: Sequence[str]) -> int:
    return next(place for place, beginning in enumerate(beginnings) if re.match(beginning, word))


def _period_of(word: str, calendar: Calendar) -> str:
    return next(period for beginning, period in calendar.periods.items() if word.startswith(beginning))


def _weekday(wanted: int, lead: str, today: date, calendar: Calendar, *, past: bool) -> date:
    monday = today - timedelta(today.weekday())
    if _is(lead, calendar.upcoming):
        return monday + timedelta(7 + wanted)
    if past or _is(lead, calendar.gone):
        return today - timedelta((today.weekday() - wanted - 1) % 7 + 1)
    return today + timedelta((wanted - today.weekday()) % 7)


def _period(period: str, step: int, today: date, calendar: Calendar) -> tuple[Span, str]:
    if period == "week":
        monday = today + timedelta(7 * step - today.weekday())
        return (monday, monday + timedelta(7)), calendar.in_week.format(**_names(monday, calendar))
    if period == "month":
        first = _months_on(today.replace(day=1), step)
        return (first, _months_on(first, 1)), calendar.in_month.format(**_names(first, calendar))
    first = date(today.year + step, 1, 1)
    return (first, date(first.year + 1, 1, 1)), calendar.in_year.format(year=first.year)


def _distance(values: Mapping[str, str], today: date, calendar: Calendar) -> tuple[Span, str]:
    said = values.get("ahead") or values["ago"]
    count = int(said) if said.isdecimal() else calendar.numbers[said]
    count = count if "ahead" in values else -count
    match _period_of(values["unit"], calendar):
        case "day":
            return _day(today + timedelta(count), calendar)
        case "week":
            return _day(today + timedelta(7 * count), calendar)
        case "month":
            return _period("month", count, today, calendar)
        case _:
            return _period("year", count, today, calendar)


def _date(values: Mapping[str, str], today: date, calendar: Calendar, *, past: bool) -> tuple[Span, str]:
    named = values["month"]
    month = int(named) if named.isdecimal() else _place(named, calendar.months) + 1
    day = int(values["date"])
    if "year" in values:
        return _day(date(int(values["year"]), month, day), calendar)
    found = date(today.year, month, day)
    if past and found > today:
        found = found.replace(year=today.year - 1)
    elif not past and found < today:
        found = found.replace(year=today.year + 1)
    return _day(found, calendar)


def _day(day: date, calendar: Calendar) -> tuple[Span, str]:
    return (day, day + timedelta(1)), calendar.on_day.format(**_names(day, calendar))


def _names(day: date, calendar: Calendar) -> dict[str, object]:
    return {"day": day.day, "month": calendar.months[day.month - 1].split("|")[-1], "year": day.year}


def _months_on(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 + count
    found = date(months // 12, months % 12 + 1, 1)
    return found.replace(day=min(first.day, monthrange(found.year, found.month)[1]))
