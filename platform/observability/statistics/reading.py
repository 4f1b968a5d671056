"""`series` and `total`: what was added in a period, chosen and grouped.

The records of all rows are one array; numpy counts it by step, line and bucket. There is no row of the database for
each cell, so a filter costs nothing and a month of hours is read at once.
"""

from datetime import UTC, datetime

from observability.statistics.cells import Cell, Key, Series
from observability.statistics.counting import By, lines
from observability.statistics.figures import FIGURES, Figure
from observability.statistics.period import Period, Where
from observability.statistics.rows import rows
from observability.statistics.steps import Part, coarsest, kept_step, parts, step_for

ANY = Where()


def series(
    figure: str, period: Period, by: By = None, where: Where = ANY, points: int = 120, step: int | None = None
) -> Series:
    """Each step of the period; at most `points` of them and one, or of `step` seconds (a whole number of minutes).

    Steps begin at multiples of their length since 1970 (UTC), so the first begins at or before the period's start.
    Where minutes (hours) are no longer kept, steps are no shorter than an hour (a day). Raises ValueError.
    """
    wanted = _figure(figure)
    step = kept_step(period, step) if step else step_for(period, points)
    start, end = period.spread(step)
    first, count = int(start.timestamp()), int((end - start).total_seconds()) // step
    starts = [datetime.fromtimestamp(first + place * step, UTC) for place in range(count)]
    found = rows(figure, Part(coarsest(step), start, end))
    cells = lines(wanted, [(int(at - first) // step, cell, sketch) for at, cell, sketch in found], count, by, where)
    return Series(step, starts, cells or ({None: [Cell()] * count} if by is None else {}))


def total(figure: str, period: Period, by: By = None, where: Where = ANY) -> dict[Key, Cell]:
    """All of the period in one cell for each line; without `by` there is always one, of None.

    To the minute where minutes are kept, else to the hour or the day, rounded outwards. Raises ValueError.
    """
    wanted = _figure(figure)
    found = [row for part in parts(period) for row in rows(figure, part)]
    cells = lines(wanted, [(0, cell, sketch) for _, cell, sketch in found], 1, by, where)
    return {key: each[0] for key, each in cells.items()} or ({None: Cell()} if by is None else {})


def _figure(name: str) -> Figure:
    if name not in FIGURES:
        raise ValueError(f"There is no figure {name!r}.")
    return FIGURES[name]
