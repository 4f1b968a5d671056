"""The numbers of cells: what each combination of label, site, model, rule and audience is called in records.

They never change and are never used again, so a process remembers those that it met.
"""

from collections.abc import Collection
from typing import Any, LiteralString

from observability.statistics.slices import OTHER, Dimensions

MOST_NUMBERS = 200_000  # of an installation; combinations that come later are counted as "other", by site
FIND: LiteralString = """
    SELECT id, label, site, model, rule, audience FROM observability_cell
    JOIN unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        AS wanted (label, site, model, rule, audience) USING (label, site, model, rule, audience)
    WHERE source = %s
"""
MAKE: LiteralString = """
    INSERT INTO observability_cell (label, site, model, rule, audience, source)
    SELECT *, %s FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING
"""
HOW_MANY: LiteralString = "SELECT count(*) FROM observability_cell"

_known: dict[tuple[str, Dimensions], int] = {}


def numbers_of(cursor: Any, wanted: Collection[Dimensions], source: str = "") -> dict[Dimensions, int]:
    """The number of each, made where there was none. Concurrent makers agree. Raises what the cursor raises."""
    missing = [each for each in wanted if (source, each) not in _known]
    if missing:
        _find(cursor, missing, source)
        if new := [each for each in missing if (source, each) not in _known]:
            _make(cursor, new, source)
    return {each: _known[source, each] for each in wanted}


def forget() -> None:
    """Ask the table again: cells were removed from it."""
    _known.clear()


def _make(cursor: Any, new: list[Dimensions], source: str) -> None:
    cursor.execute(HOW_MANY)
    room = MOST_NUMBERS - cursor.fetchone()[0]
    stand_in = {each: each if place < room else (OTHER, each[1], 0, 0, 0) for place, each in enumerate(new)}
    made = list(dict.fromkeys(stand_in.values()))
    cursor.execute(MAKE, [source, *_columns(made)])
    _find(cursor, made, source)
    for each, stands in stand_in.items():
        _known[source, each] = _known[source, stands]


def _find(cursor: Any, wanted: list[Dimensions], source: str) -> None:
    cursor.execute(FIND, [*_columns(wanted), source])
    for number, *dimensions in cursor.fetchall():
        _known[source, tuple(dimensions)] = number


def _columns(rows: list[Dimensions]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
