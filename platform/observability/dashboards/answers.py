"""A board's numbers as JSON: its tiles, and for each chart its lines (or its rows)."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

from django.http import HttpRequest

from observability.dashboards import behind
from observability.dashboards.asking import Asked
from observability.dashboards.board import Board
from observability.dashboards.charts import Chart, Entry, Line, Listing
from observability.dashboards.reading import Reader


def answer(request: HttpRequest, board: Board, asked: Asked) -> dict[str, Any]:
    """What `asked.parts` names. With `since`, the newest steps alone: no tiles, no listings, no `overall` of lines."""
    reader, part = asked.reader(), asked.since is not None
    charts = [chart for chart in board.charts_for(request) if asked.wants(chart.slug)]
    return {
        "range": _range(reader),
        "part": part,
        "tiles": [tile.shown(reader) for tile in board.tiles] if asked.wants("tiles") and not part else [],
        "charts": [shown(chart, reader, part=part) for chart in charts if not (part and isinstance(chart, Listing))],
    }


def _range(reader: Reader) -> dict[str, Any]:
    return {
        "start": int(reader.range.start.timestamp()),
        "end": reader.range.end.timestamp(),
        "step": reader.range.step,
        "buckets": reader.range.buckets,
        "live": reader.range.live,
        "first": reader.shown.starts[0],
        "shift": int((reader.range.start - reader.range.before.start).total_seconds()),
    }


def shown(chart: Chart, reader: Reader, *, part: bool = False) -> dict[str, Any]:
    """One chart's."""
    if isinstance(chart, Listing):
        rows = [[_entry(entry) for entry in row] for row in chart.rows(reader)]
        return {"slug": chart.slug, "rows": rows, **({"note": chart.note(reader)} if chart.note else {})}
    return {"slug": chart.slug, "lines": [_line(line, part=part) for line in chart.lines(reader)]}


def _line(line: Line, *, part: bool) -> dict[str, Any]:
    return {
        "key": line.key,
        "title": line.title,
        "values": _rounded(line.values),
        "before": None if line.before is None else _rounded(line.before),
        **({} if part else {"overall": _round(line.overall)}),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"value": entry.value, **({"link": entry.link} if entry.link else {})}


def _rounded(values: Iterable[float | None]) -> list[float | None]:
    return [_round(value) for value in values]


def _round(value: float | None) -> float | None:
    """Six digits: what a picture shows, in half the bytes."""
    if value is None or not isfinite(value):
        return None
    return int(value) if value == int(value) else float(f"{value:.6g}")


def links_behind(request: HttpRequest, board: Board, asked: Asked) -> dict[str, str]:
    """By chart: the turns behind it."""
    range_, where = asked.range, asked.where
    return {
        chart.slug: behind.link(request, range_.start, range_.end, where, chart.behind)
        for chart in board.charts_for(request)
        if chart.behind
    }
