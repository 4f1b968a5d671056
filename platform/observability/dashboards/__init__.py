"""Dashboards: boards of charts for analysts, inside the admin.

A board is registered (`register(Board(…))`), or added to (`extend("quality", chart, …)`), in an app's `ready`. See
`board`, `charts` (what can be drawn), `measures` (numbers out of statistics), `tiles` and `behind` (the turns behind a
spike).
"""

from observability.dashboards import behind
from observability.dashboards.board import PERMISSION, Board, Link, all_boards, extend, register
from observability.dashboards.charts import (
    Chart,
    Column,
    Entry,
    Groups,
    Line,
    Listing,
    Measures,
    Percentiles,
    Shares,
    Stacked,
)
from observability.dashboards.measures import Part, Quantile, Ratio, count, mean, total
from observability.dashboards.ranges import Range
from observability.dashboards.reading import Reader
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

__all__ = [
    "PERMISSION",
    "Better",
    "Board",
    "Chart",
    "Column",
    "Entry",
    "Groups",
    "Line",
    "Link",
    "Listing",
    "Measures",
    "Part",
    "Percentiles",
    "Quantile",
    "Range",
    "Ratio",
    "Reader",
    "Shares",
    "Stacked",
    "Tile",
    "Unit",
    "all_boards",
    "behind",
    "count",
    "extend",
    "mean",
    "register",
    "total",
]
