"""From when to when a board looks, and what it is compared with. Times are aware; steps are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from observability.statistics import Period
from observability.statistics.steps import finest

MOST_DAYS = 400
LEAST_SECONDS = 120
MOST_POINTS = 200
STEPS = (60, 120, 300, 600, 900, 1800, 3600, 3 * 3600, 6 * 3600, 86400, 2 * 86400)
PRESETS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "6h": ("6 hours", timedelta(hours=6)),
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
DEFAULT = "24h"


class BadRange(ValueError):
    """What was asked for cannot be shown; the message says why and what can."""


@dataclass(frozen=True, slots=True)
class Range:
    """Times from `start` on, before `end`. `start` is a whole number of steps since 1970, and `end` at most now.

    `key` is that of the preset, or empty; `live`: it ends now, so that there will be more of it.
    """

    start: datetime
    end: datetime
    step: int
    key: str = ""
    live: bool = False

    @property
    def buckets(self) -> int:
        """How many steps it has; the last may still be filling."""
        return max(-(-int((self.end - self.start).total_seconds()) // self.step), 1)

    @property
    def starts(self) -> list[int]:
        """When each of its steps begins, in seconds since 1970."""
        first = int(self.start.timestamp())
        return [first + n * self.step for n in range(self.buckets)]

    @property
    def before(self) -> "Range":
        """The same number of steps just before it, and as much of the last one."""
        shift = timedelta(seconds=self.buckets * self.step)
        return Range(self.start - shift, self.end - shift, self.step)

    def since(self, moment: int) -> "Range":
        """Its part from the step on in which the moment (seconds since 1970) lies."""
        first = min(max(moment, int(self.start.timestamp())), int(self.end.timestamp()) - 1)
        start = datetime.fromtimestamp(first // self.step * self.step, UTC)
        return Range(start, self.end, self.step, self.key, self.live)


def range_of(query: Mapping[str, str], now: datetime | None = None) -> Range:
    """What `range` (a preset's key), or `from` and `to` (ISO 8601; UTC where they name no zone), ask for.

    Raises BadRange, for people to read.
    """
    now = now or datetime.now(UTC)
    if query.get("from") or query.get("to"):
        return _custom(query.get("from", ""), query.get("to", ""), now)
    key = query.get("range") or DEFAULT
    if key not in PRESETS:
        raise BadRange(f"There is no range “{key[:40]}”. Choose one of {', '.join(PRESETS)}, or from and to.")
    return _made(now - PRESETS[key][1], now, key, live=True)


def _custom(start_text: str, end_text: str, now: datetime) -> Range:
    start, end = _moment(start_text, "first"), _moment(end_text, "last")
    if start >= now:
        raise BadRange(f"{_words(start)} is in the future: nothing is counted yet. Begin before {_words(now)}.")
    if end <= start:
        raise BadRange(f"The last moment ({_words(end)}) is not after the first ({_words(start)}).")
    if end - start > timedelta(days=MOST_DAYS):
        raise BadRange(f"At most {MOST_DAYS} days at once; these are {(end - start).days:,}.")
    if (end - start).total_seconds() < LEAST_SECONDS:
        raise BadRange("Figures are kept by the minute: choose two minutes or more.")
    return _made(start, min(end, now), live=end >= now)


def _moment(text: str, which: str) -> datetime:
    if not text:
        raise BadRange(f"The {which} moment is missing: write both, like 2026-11-24T09:30.")
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRange(f"“{text[:40]}” is no moment. Write it like 2026-11-24T09:30.") from None


def _made(start: datetime, end: datetime, key: str = "", *, live: bool) -> Range:
    """With the smallest step that keeps a chart readable, and of which rows are kept; begun at a whole one."""
    seconds = (end - start).total_seconds()
    least = max(seconds / MOST_POINTS, finest(Period(start, end)).seconds)
    step = next((step for step in STEPS if step >= least), STEPS[-1])
    first = int(start.timestamp()) // step * step
    return Range(datetime.fromtimestamp(first, UTC), end, step, key, live)


def _words(moment: datetime) -> str:
    return f"{moment:%-d %B %Y, %H:%M} UTC"
