"""When a rule fires, and when that is over: a fold over points, the same for the present and the past.

    standing, change = follow(standing, point, condition)     # one more point, as the leader does each minute
    firings(points, condition)                                # all of them at once, as "try it" does

Three rules make it steady. It fires when every point for the hold time was bad, and is over when every point for the
resolve time was good; so a spike that is shorter than the hold time never fires, and flapping neither ends an alert nor
begins a second one. A point without a value says neither: it moves nothing, except that what was bad before a silence
longer than the window no longer counts towards firing, and that an alert about which nothing was heard for a day ends.
Points at or before the last one are passed over, so that a clock that was put back fires nothing twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from observability.alerts.condition import MINUTE, Condition, Point

SILENCE = 1440  # minutes without a value, after which an alert ends


class Change(StrEnum):
    """What a point brought about."""

    FIRED = "fired"
    WORSENED = "worsened"
    RECOVERED = "recovered"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered between two points. Minutes are counted in points, so gaps count for nothing."""

    at: int = 0  # of the last point
    since: int = 0  # of the first bad one; 0: it is not bad
    bad: int = 0  # minutes that it was bad since then
    good: int = -1  # minutes that it was good in a row, while it fires; -1: the last value was bad
    silent: int = 0  # minutes without a value in a row
    firing: bool = False
    worst: float = 0.0
    worst_at: int = 0

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """As `stored` gave it; what another version wrote and this one does not know is left out."""
        return cls(**{name: value for name, value in stored.items() if name in cls.__slots__})

    def stored(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.since


@dataclass(frozen=True, slots=True)
class Fired:
    """One time that it fired, in unix seconds. `began`: bad since; `ended` is None when it lasts at the last point."""

    began: int
    opened: int
    ended: int | None
    worst: float
    worst_at: int


def follow(standing: Standing, point: Point, condition: Condition, step: int = 1) -> tuple[Standing, Change | None]:
    """The standing after one more point, `step` minutes after the one before, and what changed with it."""
    if point.at <= standing.at:
        return standing, None
    if point.value is None:
        return _unknown(standing, point, condition, step)
    standing = replace(standing, at=point.at, silent=0)
    if condition.bad(point.value):
        return _bad(standing, point, point.value, condition, step)
    if not standing.firing:
        return Standing(at=point.at), None
    good = standing.good + step if standing.good >= 0 else 0
    if good >= _whole(condition.resolve, step):
        return Standing(at=point.at), Change.RECOVERED
    return replace(standing, good=good), None


def _unknown(standing: Standing, point: Point, condition: Condition, step: int) -> tuple[Standing, Change | None]:
    silent = standing.silent + step
    if standing.firing and silent >= SILENCE:
        return Standing(at=point.at), Change.SILENT
    if not standing.firing and silent > condition.window:
        return Standing(at=point.at), None
    return replace(standing, at=point.at, silent=silent), None


def _bad(
    standing: Standing, point: Point, value: float, condition: Condition, step: int
) -> tuple[Standing, Change | None]:
    first = standing.idle
    worse = first or condition.worse(value, standing.worst) != standing.worst
    standing = replace(
        standing,
        since=standing.since or point.at,
        bad=0 if first else standing.bad + step,
        good=-1,
        worst=value if worse else standing.worst,
        worst_at=point.at if worse else standing.worst_at,
    )
    if standing.firing:
        return standing, Change.WORSENED if worse else None
    if standing.bad >= _whole(condition.hold, step):
        return replace(standing, firing=True), Change.FIRED
    return standing, None


def _whole(minutes: int, step: int) -> int:
    """As many whole steps as there are in it: what is shorter than a step cannot be waited for."""
    return minutes - minutes % step


def firings(points: Iterable[Point], condition: Condition, step: int = 1) -> list[Fired]:
    """Each time that it would have fired. `points` are in the order of time, `step` minutes apart."""
    found: list[Fired] = []
    standing = Standing()
    for point in points:
        before = standing
        standing, change = follow(before, point, condition, step)
        if change is Change.FIRED:
            found.append(Fired(standing.since, point.at, None, standing.worst, standing.worst_at))
        elif change is Change.WORSENED:
            found[-1] = replace(found[-1], worst=standing.worst, worst_at=standing.worst_at)
        elif change is not None:
            found[-1] = replace(found[-1], ended=point.at)
    return found


def minutes(seconds: float) -> int:
    """Whole minutes in so many seconds."""
    return int(seconds // MINUTE)
