"""A small chart of points, as numbers for an SVG: the worst value of each column, the threshold, and when it fired."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from observability.alerts.condition import Condition, Point

WIDTH, HEIGHT, COLUMNS = 720, 120, 240


@dataclass(frozen=True)
class Chart:
    """`lines` are polylines ("x,y x,y"), broken where nothing is known; `spans` are (x, width) of firings."""

    lines: list[str]
    threshold: float
    spans: list[tuple[float, float]]
    top: float
    width: int = WIDTH
    height: int = HEIGHT


def chart(
    points: Sequence[Point], condition: Condition, spans: Iterable[tuple[int, int]], start: int, end: int
) -> Chart | None:
    """From `start` to `end` (unix seconds); None when no point has a value."""
    last = max(1, min(COLUMNS, len(points)) - 1)  # no more columns than points, so that a gap is one
    columns = _columns(points, condition, start, end, last)
    if not columns:
        return None
    top = max(condition.threshold * 1.25, *(value for _, value in columns.items())) or 1.0
    scale = WIDTH / max(end - start, 1)
    placed = [
        (round(max(first - start, 0) * scale, 1), round((until - max(first, start)) * scale, 1))
        for first, until in spans
    ]
    return Chart(_lines(columns, last, top), _y(condition.threshold, top), [(x, max(w, 2.0)) for x, w in placed], top)


def _columns(points: Sequence[Point], condition: Condition, start: int, end: int, last: int) -> dict[int, float]:
    """The worst value of each column that has one; they are numbered from 0 to `last`."""
    columns: dict[int, float] = {}
    for point in points:
        if point.value is not None and start <= point.at <= end:
            column = (point.at - start) * last // max(end - start, 1)
            columns[column] = condition.worse(columns.get(column, point.value), point.value)
    return columns


def _lines(columns: dict[int, float], last: int, top: float) -> list[str]:
    lines: list[list[str]] = []
    before = -10
    for column in sorted(columns):
        if column - before > 2 or not lines:
            lines.append([])
        lines[-1].append(f"{column * WIDTH / last:.1f},{_y(columns[column], top)}")
        before = column
    return [" ".join(line if len(line) > 1 else line * 2) for line in lines]


def _y(value: float, top: float) -> float:
    return round(HEIGHT - min(max(value, 0.0) / top, 1.0) * (HEIGHT - 4), 1)
