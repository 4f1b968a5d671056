"""A turn's waterfall: every attempt's steps on one scale of time, with the waits between them and what was decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from conversations.admin.routed import cache_lines, mapping, memory_lines, route_lines
from conversations.admin.waterfall_words import state_words, title, waited_for, written
from conversations.models import Turn
from observability.tracing.encoding import StoredSpan
from observability.tracing.reading import StoredTrace, traces_of

AFTERWARDS = timedelta(hours=1)  # after a turn's end its last steps have long been written
SOON = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: seconds since the message was accepted, percent of the whole, and words about it.

    `kind` is "step", "wait", "model", "error" or "open"; `depth` says how far within other steps it is.
    """

    name: str
    began: float
    seconds: float | None
    left: float
    width: float
    kind: str
    depth: int = 0
    error: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    moments: list[tuple[str, float, float]] = field(default_factory=list)  # words, seconds, percent
    lines: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """How long it took, in words."""
        return "not ended" if self.seconds is None else written(self.seconds)

    @property
    def said(self) -> list[tuple[str, str]]:
        """Its moments, and how long after its beginning they came."""
        return [(words, f"after {written(at - self.began)}") for words, at, _ in self.moments]

    @property
    def since(self) -> str:
        """When it began, in words."""
        return written(self.began)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its number, what it came to, its rows (the wait before it is the first)."""

    number: int
    state: str
    ended_as: str
    bars: list[Bar]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Waterfall:
    """`marks` are (percent, words) of the scale; `soon` says that the steps may be written in a moment."""

    turn: Turn
    attempts: list[Attempt]
    seconds: float = 0.0
    admission: float = 0.0
    marks: list[tuple[float, str]] = field(default_factory=list)
    soon: bool = False

    @property
    def in_line(self) -> str:
        """How long it waited for rate tiers, in words; empty when it did not."""
        return written(self.admission) if self.admission else ""


def waterfall(turn: Turn) -> Waterfall:
    """Everything about the turn's time. One query."""
    until = turn.finished_at + AFTERWARDS if turn.finished_at else None
    traces = traces_of([turn.pk], since=turn.accepted_at, until=until).get(turn.pk, [])
    if not traces:
        soon = turn.finished_at is None or timezone.now() - turn.finished_at < SOON
        return Waterfall(turn, [], soon=soon)
    starts = [_start(turn, each) for each in traces]
    end = max(start + each.seconds for start, each in zip(starts, traces, strict=True))
    scale = _Scale(max(end, 0.001))
    attempts, admission, before = [], 0.0, (0.0, "")
    for start, each in zip(starts, traces, strict=True):
        wait = start - before[0]
        admission += max(wait, 0.0) if before[1] == "parked" else 0.0
        waits = [scale.wait(before, wait)] if wait > 0.0005 else []
        attempts.append(_attempt(turn, scale, start, each, waits))
        before = (start + each.seconds, each.state)
    return Waterfall(turn, attempts, end, admission, scale.marks())


def _start(turn: Turn, each: StoredTrace) -> float:
    """Seconds after the message was accepted; both times are the database's."""
    return each.offset if each.offset is not None else max((each.at - turn.accepted_at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class _Scale:
    seconds: float

    def percent(self, seconds: float) -> float:
        return round(min(max(100 * seconds / self.seconds, 0.0), 100.0), 3)

    def wait(self, before: tuple[float, str], seconds: float) -> Bar:
        since, state = before
        return Bar(waited_for(state), since, seconds, self.percent(since), self.percent(seconds), "wait")

    def marks(self) -> list[tuple[float, str]]:
        """Four to five of them, at round numbers."""
        rough = self.seconds / 4
        unit = 10 ** next(power for power in range(-6, 9) if 10 ** (power + 1) > rough)
        step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= rough)
        return [(self.percent(n * step), written(n * step)) for n in range(int(self.seconds / step) + 1)]


def _attempt(turn: Turn, scale: _Scale, start: float, each: StoredTrace, waits: list[Bar]) -> Attempt:
    bars = [*waits, *(_bar(turn, scale, start, made, depth) for made, depth in _in_order(each.spans))]
    root = each.spans[0].attributes if each.spans else {}
    return Attempt(each.attempt, each.state, state_words(each.state), bars, int(root.get("left_out") or 0))


def _in_order(spans: list[StoredSpan]) -> Iterator[tuple[StoredSpan, int]]:
    """Each step below the one that it is part of, by time; how deep it is. The trace itself is left out."""
    below: dict[int, list[StoredSpan]] = {}
    for made in spans[1:]:
        below.setdefault(made.parent if made.parent < made.number else 0, []).append(made)
    waiting = [(made, 0) for made in _latest_first(below.get(0, []))]
    while waiting:
        made, depth = waiting.pop()
        yield made, depth
        waiting += [(child, depth + 1) for child in _latest_first(below.get(made.number, []))]


def _latest_first(spans: Iterable[StoredSpan]) -> list[StoredSpan]:
    return sorted(spans, key=lambda made: (-made.began, -made.number))


def _bar(turn: Turn, scale: _Scale, start: float, made: StoredSpan, depth: int) -> Bar:
    began, took = start + made.began, made.seconds
    kind = "error" if made.error else "open" if took is None else "model" if made.name == "stream" else "step"
    moments = [(title(each.name), start + each.at, scale.percent(start + each.at)) for each in made.events]
    return Bar(
        title(made.name),
        began,
        took,
        scale.percent(began),
        scale.percent(took if took is not None else scale.seconds - began),
        kind,
        depth,
        made.error,
        [(name.replace("_", " "), _value(value)) for name, value in made.attributes.items()],
        moments,
        _why(turn, made.name),
    )


def _why(turn: Turn, name: str) -> list[str]:
    """What the cache, the router and recall decided: what the turn keeps of it, at the step that decided."""
    if name == "recall":
        return list(memory_lines(mapping(turn.recalled)))
    if name == "decide":
        return list(route_lines(mapping(turn.route)))
    cache = mapping(turn.cache)
    return list(cache_lines(cache)) if name == ("exact" if cache.get("exact") else "lookup") else []


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
