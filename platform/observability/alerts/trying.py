"""When a rule would have fired: the past, through the same windows and the same fold as the present.

The newest days are read by the minute, as a rule looks at them. Where minutes are no longer kept, hours stand in: there
a window is an hour at least, and what was shorter is not seen; each firing says which it was found in.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from observability.alerts import words
from observability.alerts.condition import MINUTE, Point
from observability.alerts.evaluating import settled_seconds
from observability.alerts.firings import Fired, firings
from observability.alerts.reading import Stretch, condition_of, points
from observability.models import AlertRule
from observability.statistics.steps import Grain

HOUR = 60  # minutes
MOST_GROUPS = 10  # those with the most observations
DAYS = (1, 7, 30)


@dataclass
class Past:
    """Of one group: its points by step, and when it would have fired, oldest first."""

    group: str
    points: list[Point] = field(default_factory=list)
    firings: list[tuple[Fired, int]] = field(default_factory=list)  # with the step in minutes

    @property
    def known(self) -> int:
        """How many points say something."""
        return sum(point.value is not None for point in self.points)


@dataclass(frozen=True)
class Tried:
    """From `since` to `upto` (unix seconds): by the hour until `minutes_from`, from then on by the minute."""

    since: int
    upto: int
    minutes_from: int
    groups: list[Past]

    @property
    def times(self) -> int:
        """How often it would have fired."""
        return sum(len(past.firings) for past in self.groups)

    @property
    def measured(self) -> bool:
        """Whether there was anything to look at."""
        return any(past.known for past in self.groups)


def tried(rule: AlertRule, now: datetime, days: int = 7) -> Tried:
    """Hold a rule, saved or not, against so many days up to the last minute that is complete."""
    upto = int(now.timestamp() - settled_seconds()) // MINUTE * MINUTE
    since = upto - days * 24 * HOUR * MINUTE
    kept = int((now - Grain.MINUTE.kept + timedelta(minutes=rule.window_minutes + 1)).timestamp())
    if since < kept < since + HOUR * MINUTE:
        since = kept // MINUTE * MINUTE + MINUTE  # a week of minutes is a window less
    minutes_from = since if kept <= since else -(-kept // (HOUR * MINUTE)) * HOUR * MINUTE
    parts = [Stretch(minutes_from, upto, rule.window_minutes)] if minutes_from <= upto else []
    if since < minutes_from:
        first = -(-since // (HOUR * MINUTE)) * HOUR * MINUTE
        parts.insert(
            0, Stretch(first, min(minutes_from, upto) // (HOUR * MINUTE) * HOUR * MINUTE, rule.window_minutes, HOUR)
        )
    found: dict[str, Past] = {}
    for part in parts:
        _look(rule, part, found)
    return Tried(since, upto, minutes_from, list(found.values()))


def _look(rule: AlertRule, stretch: Stretch, found: dict[str, Past]) -> None:
    condition = condition_of(rule)
    for group, trail in points(rule, stretch, most=MOST_GROUPS).items():
        past = found.setdefault(group, Past(words.group_name(rule.by, group)))
        past.points += trail
        past.firings += [(fired, stretch.step) for fired in firings(trail, condition, stretch.step)]
