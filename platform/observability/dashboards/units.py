"""What the numbers of a board mean: how they are written is the browser's part (format.js), but for files and words."""

from enum import StrEnum


class Unit(StrEnum):
    """Of a line's or a tile's numbers. A SHARE lies from 0 to 1. A MOMENT (of listings) is in seconds since 1970."""

    COUNT = "count"
    SECONDS = "seconds"
    DOLLARS = "dollars"
    TOKENS = "tokens"
    BYTES = "bytes"
    SHARE = "share"
    MOMENT = "moment"


class Better(StrEnum):
    """Which direction of a figure is good news."""

    MORE = "more"
    LESS = "less"
    NEITHER = ""


class Drawn(StrEnum):
    """LINES are read one by one; STACKED bars add up; a TABLE is read."""

    LINES = "lines"
    STACKED = "stacked"
    TABLE = "table"
