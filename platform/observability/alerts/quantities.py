"""Values in the units that people think in: "300 ms", "5 %", "$12.50", read and written."""

import math
import re

from observability.statistics import Unit

WRITTEN = re.compile(r"^(\$)?\s*(-?[0-9][0-9_,]*(?:\.[0-9]+)?|-?\.[0-9]+)\s*([^\s0-9]*)$")
# What each mark means in the unit itself; the first of a unit is what a bare number means.
MARKS: dict[Unit, dict[str, float]] = {
    Unit.SECONDS: {
        "s": 1, "ms": 0.001, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60, "h": 3600,
    },
    Unit.SHARE: {"%": 0.01, "percent": 0.01},
    Unit.DOLLARS: {"$": 1, "usd": 1, "dollar": 1, "dollars": 1},
    Unit.TOKENS: {"tokens": 1, "token": 1, "k": 1000, "m": 1_000_000},
    Unit.BYTES: {"bytes": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "kb": 1e3, "mb": 1e6, "gb": 1e9},
    Unit.NONE: {"": 1},
}  # fmt: skip
KINDS = {
    Unit.SECONDS: ("a time", "300 ms, 5 s or 2 min"),
    Unit.SHARE: ("a share", "5 %"),
    Unit.DOLLARS: ("an amount of money", "$12.50"),
    Unit.TOKENS: ("a number of tokens", "20,000"),
    Unit.BYTES: ("a size", "500 MiB"),
    Unit.NONE: ("a number", "30"),
}
MOST = 1e15
THREE, ALL = 3, 15  # digits that are shown


def example(unit: Unit) -> str:
    """What a value of the unit is, and how one looks."""
    kind, looks = KINDS[unit]
    return f"{kind}, like {looks}"


def parse(text: str, unit: Unit) -> float:
    """The value in `unit` (a share from 0 to 1). Raises ValueError, in words for people.

    A bare number of a unit with a mark of its own is taken as people mean it: seconds, per cent, dollars.
    """
    text = text.strip()
    found = WRITTEN.match(text)
    if not found:
        raise ValueError(f"“{text[:40]}” cannot be read. Write {example(unit)}.")
    dollar, number, mark = found.groups()
    factor = _factor("$" if dollar else mark.lower(), unit, text)
    value = float(number.replace(",", "").replace("_", "")) * factor
    if not math.isfinite(value) or abs(value) > MOST:
        raise ValueError(f"“{text[:40]}” is too large.")
    return float(f"{value:.{ALL}g}")  # 7 % is 0.07, not 0.07000000000000001


def _factor(mark: str, unit: Unit, text: str) -> float:
    known = MARKS[unit]
    if not mark:
        return next(iter(known.values()))
    if mark in known:
        return known[mark]
    other = next((KINDS[each][0] for each, marks in MARKS.items() if mark in marks), "")
    what = f"is {other}" if other else f"is in a unit that is not known ({mark[:20]})"
    raise ValueError(f"“{text[:40]}” {what}. What this rule looks at is {example(unit)}.")


def written(value: float, unit: Unit, digits: int = THREE) -> str:
    """The value for people. With `digits=ALL`, `parse` reads the same value again."""
    if unit is Unit.SECONDS:
        return _time(value, digits)
    if unit is Unit.SHARE:
        return f"{_number(value * 100, digits)} %"
    if unit is Unit.DOLLARS:
        cents = round(value, 2) == value or (digits == THREE and value >= 1)
        return f"${value:,.2f}" if cents else f"${value:.{digits}g}"
    if unit is Unit.BYTES:
        return _size(value, digits)
    return f"{_number(value, digits)} tokens" if unit is Unit.TOKENS else _number(value, digits)


def _time(seconds: float, digits: int) -> str:
    if abs(seconds) < 1 and seconds:
        return f"{_number(seconds * 1000, digits)} ms"
    return f"{_number(seconds, digits)} s" if abs(seconds) < 120 else f"{_number(seconds / 60, digits)} min"


def _size(value: float, digits: int) -> str:
    for power, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if abs(value) >= 2**power:
            return f"{_number(value / 2**power, digits)} {name}"
    return f"{_number(value, digits)} bytes"


def _number(value: float, digits: int) -> str:
    """Whole numbers in full, others with so many digits."""
    if value == round(value) or (digits == THREE and abs(value) >= 1000):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"
