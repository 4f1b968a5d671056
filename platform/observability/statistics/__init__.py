"""Statistics by the minute: `add` and `level` where things happen, `series` and `total` where they are looked at.

    add("answer_seconds", 1.25, label="model", site=1, model=3, audience=2)   # any thread; memory only
    level("open_sockets", count_of_mine, label="websocket")                   # read now and then in each process
    series("answer_seconds", Period.last(timedelta(days=1)), by="model").lines  # for views: synchronous
    total("errors", Period.last(timedelta(hours=1)), by="label", where=Where(sites=(1,)))

What is added is in `series` some seconds later. Figures are declared in `figures.py`.
"""

from observability.statistics.adding import add, listen, settle
from observability.statistics.cells import Cell, Key, Series
from observability.statistics.figures import FIGURES, Figure, Kind, Unit
from observability.statistics.flushing import flush
from observability.statistics.levels import level, level_of_all
from observability.statistics.period import Period, Where
from observability.statistics.reading import series, total
from observability.statistics.sketch import Sketch

__all__ = [
    "FIGURES", "Cell", "Figure", "Key", "Kind", "Period", "Series", "Sketch", "Unit", "Where",
    "add", "flush", "level", "level_of_all", "listen", "series", "settle", "total",
]  # fmt: skip
