"""Charts: each says what it reads, how it is drawn, and so what its table holds. A board has several."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from observability.dashboards.behind import Order
from observability.dashboards.measures import Measure, Of, Quantile, additive, count, total, values
from observability.dashboards.reading import Cells, Key, Reader
from observability.dashboards.units import Drawn, Unit
from observability.dashboards.words import Group, word
from observability.statistics import Cell
from observability.statistics.cells import merged
from observability.statistics.figures import FIGURES, Kind

OTHERS = "others"


@dataclass(frozen=True)
class Line:
    """`values` and `before` have one number or None (a gap) for each step; `overall` is of the whole range."""

    key: str
    title: str
    values: list[float | None]
    before: list[float | None] | None = None
    overall: float | None = None


@dataclass(frozen=True, kw_only=True)
class Chart(ABC):
    """`about` says in a sentence what is seen; `behind` in which order the turns behind it are listed."""

    slug: str
    title: str
    about: str = ""
    unit: Unit = Unit.COUNT
    behind: Order | None = None
    wide: bool = False
    permissions: tuple[str, ...] = ()
    drawn: ClassVar[Drawn] = Drawn.LINES

    @property
    def figures(self) -> tuple[str, ...]:
        """What it reads of the statistics, by name."""
        return ()

    @property
    def adds_up(self) -> bool:
        """Whether its numbers grow with the length of a step, so that it must be said."""
        return False

    @property
    def overall(self) -> str:
        """What the numbers beside its lines' names are, where it is not plain: levels have a mean height."""
        return "on average" if self.unfiltered and not self.adds_up else ""

    @property
    def unfiltered(self) -> bool:
        """Whether it shows the whole installation, whatever site or model is chosen: levels belong to none."""
        return bool(self.figures) and all(FIGURES[figure].kind is Kind.LEVEL for figure in self.figures)

    @abstractmethod
    def lines(self, reader: Reader) -> list[Line]:
        """What is drawn and tabulated; empty where nothing was counted."""

    def seen_by(self, _may: Callable[[str], bool]) -> "Chart":
        """The same for somebody who has the permissions for which `may` says so."""
        return self


@dataclass(frozen=True, kw_only=True)
class Percentiles(Chart):
    """p50, p95 and p99 of a figure's times, from its merged sketches."""

    figure: str
    quantiles: tuple[float, ...] = (0.5, 0.95, 0.99)
    unit: Unit = Unit.SECONDS

    @property
    def figures(self) -> tuple[str, ...]:
        """Its one."""
        return (self.figure,)

    def lines(self, reader: Reader) -> list[Line]:
        """A line for each."""
        now = _only(reader.series(self.figure))
        then = _only(reader.series(self.figure, before=True)) if reader.compare else None
        whole = merged(now)
        if not whole.count and not any(cell.count for cell in then or ()):
            return []
        return [_line(Quantile(q).title, Quantile(q).title, Quantile(q), now, then) for q in self.quantiles]


@dataclass(frozen=True, kw_only=True)
class Groups(Chart):
    """A line for each label, model, site, rule or audience of a figure; beyond `most`, the rest together.

    `named`: without what belongs to none. `latest`: beside a line's name stands its newest number, not the mean of a
    level that only rises.
    """

    figure: str
    by: Group = "label"
    of: Of = count
    labels: tuple[str, ...] = ()
    named: bool = False
    latest: bool = False
    most: int = 7

    @property
    def figures(self) -> tuple[str, ...]:
        """Its one."""
        return (self.figure,)

    @property
    def adds_up(self) -> bool:
        """Counts and sums do, means and percentiles do not."""
        return additive(self.of)

    @property
    def overall(self) -> str:
        """As it says."""
        return "newest" if self.latest else super().overall

    def lines(self, reader: Reader) -> list[Line]:
        """In the order of the figure's labels, or the largest first."""
        now = self._chosen(reader, before=False)
        then = self._chosen(reader, before=True) if reader.compare else {}
        nothing: Cells = [Cell()] * reader.shown.buckets
        found = [
            _line(
                str(key),
                word(self.figure, self.by, key),
                self.of,
                now.get(key, nothing),
                then.get(key, nothing) if reader.compare else None,
            )
            for key in self._ordered(now, then)
        ]
        return [replace(line, overall=_newest(line.values)) for line in found] if self.latest else found

    def _chosen(self, reader: Reader, *, before: bool) -> dict[Key, Cells]:
        found = reader.series(self.figure, self.by, before=before)
        chosen = {key: cells for key, cells in found.items() if self._takes(key)}
        if len(chosen) <= self.most + 1:
            return chosen
        kept = self._largest(reader)
        rest = [cells for key, cells in chosen.items() if key not in kept]
        return {
            **{key: cells for key, cells in chosen.items() if key in kept},
            OTHERS: [merged(each) for each in zip(*rest, strict=True)],
        }

    def _takes(self, key: Key) -> bool:
        return (not self.labels or key in self.labels) and not (self.named and key is None)

    def _largest(self, reader: Reader) -> set[Key]:
        """Of all of the range, so that both periods and every part keep the same ones: those with the most of it."""
        size = self.of if additive(self.of) else total
        cells = reader.totals(self.figure, self.by)
        keys = sorted(filter(self._takes, cells), key=lambda key: (-(size(cells[key]) or 0.0), str(key)))
        return set(keys[: self.most])

    def _ordered(self, now: dict[Key, Cells], then: dict[Key, Cells]) -> list[Key]:
        """As the figure names its labels, else the largest first; those without anything are left out."""
        places = {label: n for n, label in enumerate(self.labels or FIGURES[self.figure].labels)}
        sizes = {key: merged([*now.get(key, ()), *then.get(key, ())]) for key in {**now, **then}}

        def place(key: Key) -> tuple[bool, int, float, str]:
            return key == OTHERS, places.get(str(key), len(places)), -(self.of(sizes[key]) or 0.0), str(key)

        return sorted((key for key, cell in sizes.items() if cell.count), key=place)


@dataclass(frozen=True, kw_only=True)
class Stacked(Groups):
    """The same as bars that add up."""

    drawn: ClassVar[Drawn] = Drawn.STACKED


@dataclass(frozen=True, kw_only=True)
class Shares(Stacked):
    """The same as shares of each step's sum."""

    unit: Unit = Unit.SHARE

    @property
    def adds_up(self) -> bool:
        """Shares do not."""
        return False

    def lines(self, reader: Reader) -> list[Line]:
        """Gaps where a step has nothing."""
        found = super().lines(reader)
        whole = sum(line.overall or 0.0 for line in found)
        values = _shares([line.values for line in found])
        nothing: list[list[float | None] | None] = [None] * len(found)
        before = _shares([line.before for line in found if line.before is not None])
        return [
            replace(line, values=now, before=then, overall=line.overall / whole if line.overall and whole else None)
            for line, now, then in zip(found, values, before or nothing, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class Measures(Chart):
    """Lines of one's own choice: (title, what of which figure)."""

    measures: tuple[tuple[str, Measure], ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """Those of its measures."""
        return tuple(figure for _, measure in self.measures for figure in measure.figures)

    @property
    def adds_up(self) -> bool:
        """As its measures do."""
        return all(measure.adds_up for _, measure in self.measures)

    def lines(self, reader: Reader) -> list[Line]:
        """One for each, as long as there is anything of any of them."""
        found = [
            Line(
                title,
                title,
                measure.values(reader),
                measure.values(reader, before=True) if reader.compare else None,
                measure.value(reader),
            )
            for title, measure in self.measures
        ]
        return found if any(any(line.values) or any(line.before or ()) for line in found) else []


@dataclass(frozen=True)
class Column:
    """Of a listing. Numbers have a unit and stand to the right. Those without the permission do not see it."""

    title: str
    unit: Unit | None = None
    permission: str = ""


@dataclass(frozen=True)
class Entry:
    """A cell of a listing: what it says (text or a number of the column's unit), and where it leads."""

    value: str | float | None
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing(Chart):
    """Rows instead of a picture: the most frequent questions, the largest models. Read anew with all of the range.

    `note` says what is to be known of these rows: that not all could be looked at. Empty: nothing.
    """

    columns: tuple[Column, ...]
    rows: Callable[[Reader], Sequence[Sequence[Entry]]]
    note: Callable[[Reader], str] | None = None
    empty: str = "Nothing in this range."
    wide: bool = True
    drawn: ClassVar[Drawn] = Drawn.TABLE

    def lines(self, _reader: Reader) -> list[Line]:
        """It has none."""
        return []

    def seen_by(self, may: Callable[[str], bool]) -> "Listing":
        """Without the columns that need a permission which this person does not have."""
        kept = [n for n, column in enumerate(self.columns) if not column.permission or may(column.permission)]
        if len(kept) == len(self.columns):
            return self
        columns = tuple(self.columns[n] for n in kept)
        return replace(self, columns=columns, rows=lambda reader: [[row[n] for n in kept] for row in self.rows(reader)])


def _only(lines: Mapping[Key, Cells]) -> Cells:
    return next(iter(lines.values()), [])


def _line(key: str, title: str, of: Of, now: Cells, then: Cells | None) -> Line:
    before = None if then is None else values(then, of)
    return Line(key, title, values(now, of), before, values([merged(now)], of)[0])


def _newest(numbers: list[float | None]) -> float | None:
    return next((number for number in reversed(numbers) if number is not None), None)


def _shares(lines: list[list[float | None]]) -> list[list[float | None]]:
    """Each line's part of the sum of its step."""
    wholes = [sum(value or 0.0 for value in step) for step in zip(*lines, strict=True)]
    return [
        [(value or 0.0) / whole if whole else None for value, whole in zip(line, wholes, strict=True)] for line in lines
    ]
