"""From statistics to the points of a rule: what its window said at each minute, for each of its groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from observability.alerts import measures
from observability.alerts.condition import MINUTE, Condition, Point
from observability.models import AlertRule
from observability.models.alerts import By, Direction, Measure
from observability.statistics import FIGURES, Cell, Kind, Period, Sketch, Where, series

NOUGHT = Cell(1, 0.0, Sketch.of([0.0]))
ALL = ""  # the group of a rule that watches everything together
FILTERED = {
    By.SITE: "site_ids",
    By.MODEL: "model_ids",
    By.RULE: "rule_ids",
    By.AUDIENCE: "audience_ids",
    By.LABEL: "labels",
}
Cells = Sequence[Cell]


@dataclass(frozen=True)
class Stretch:
    """Windows that end at each step from `first` to `last`, both included: unix seconds, whole steps.

    A step is a minute, or an hour where minutes are no longer kept; a window is at least a step.
    """

    first: int
    last: int
    window: int  # minutes
    step: int = 1  # minutes

    @property
    def size(self) -> int:
        """How many steps a window has."""
        return max(1, self.window // self.step)

    @property
    def ends(self) -> range:
        """The moments."""
        return range(self.first, self.last + 1, self.step * MINUTE)

    @property
    def period(self) -> Period:
        """What must be read for it."""
        start = self.first - self.size * self.step * MINUTE
        return Period(_moment(start), _moment(self.last))


def condition_of(rule: AlertRule) -> Condition:
    """What its points are held against."""
    return Condition(
        Direction(rule.direction), rule.threshold, rule.hold_minutes, rule.resolve_minutes, rule.window_minutes
    )


def points(
    rule: AlertRule, stretch: Stretch, groups: Iterable[str] = (), most: int | None = None
) -> dict[str, list[Point]]:
    """The points of each group that anything was counted for, and of those that are named. One or two queries.

    Those with the most observations come first; no more than `most` of them are looked at.
    """
    return Reader(rule, stretch).points(set(groups), most)


@dataclass
class Reader:
    """Reads for one rule and one stretch."""

    rule: AlertRule
    stretch: Stretch
    _read: list[bool] = field(default_factory=list)

    def points(self, wanted: set[str], most: int | None) -> dict[str, list[Point]]:
        """See `points`."""
        rule = self.rule
        share = rule.measure == Measure.SHARE
        every = self._lines(rule.among if share else rule.labels)
        some = self._lines(rule.labels) if share else every
        shown = list(every)[:most]
        groups = [*shown, *sorted((wanted | set(self._named())).difference(shown))]
        empty = [Cell()] * (len(self.stretch.ends) + self.stretch.size - 1)
        return {group: self._points(some.get(group, empty), every.get(group, empty)) for group in groups}

    def _named(self) -> list[str]:
        """Groups that the rule is about whether anything was counted or not."""
        by = By(self.rule.by)
        return [ALL] if by == By.ALL else [str(each) for each in getattr(self.rule, FILTERED[by])]

    def _lines(self, labels: Sequence[str]) -> dict[str, Cells]:
        rule = self.rule
        where = Where(
            sites=tuple(rule.site_ids),
            models=tuple(rule.model_ids),
            rules=tuple(rule.rule_ids),
            audiences=tuple(rule.audience_ids),
            labels=tuple(labels),
        )
        by: Any = rule.by or None
        found = series(rule.figure, self.stretch.period, by=by, where=where, step=self.stretch.step * MINUTE)
        if by is None:
            return {ALL: found.lines[None]}
        return {str(key): cells for key, cells in found.lines.items() if key is not None}

    def _points(self, some: Cells, every: Cells) -> list[Point]:
        rule, stretch = self.rule, self.stretch
        figure, measure = FIGURES[rule.figure], Measure(rule.measure)
        windows = measures.Windows(figure, stretch.size, stretch.size * stretch.step, rule.least)
        if measure == Measure.SHARE:
            values = windows.shares(some, every)
        else:
            values = windows.values(measure, self._noughts(some) if figure.kind is Kind.LEVEL else some)
        return [Point(at, *value) for at, value in zip(stretch.ends, values, strict=True)]

    def _noughts(self, cells: Cells) -> Cells:
        """A level without a row is nought in minutes in which other levels were looked at."""
        if all(cell.count for cell in cells):
            return cells
        if not self._read:
            self._read = _levels_read(self.stretch)
        return [cell if cell.count or not read else NOUGHT for cell, read in zip(cells, self._read, strict=True)]


def _levels_read(stretch: Stretch) -> list[bool]:
    """In which steps the leader looked at levels at all."""
    levels = [figure.name for figure in FIGURES.values() if figure.kind is Kind.LEVEL]
    found = [series(name, stretch.period, step=stretch.step * MINUTE).lines[None] for name in levels]
    return [any(cell.count for cell in step) for step in zip(*found, strict=True)]


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
