"""What a value that came from outside may be. Each check returns the value in its stored form or raises
ValueError with a sentence that starts with "must be", to be put behind the name of the setting."""

import math
from collections.abc import Callable

Check = Callable[[object], object]


def optional(check: Check) -> Check:
    """The same check, with null let through."""

    def run(value: object) -> object:
        return None if value is None else check(value)

    return run


def number(low: float, high: float = 1e9) -> Check:
    """A finite number between low and high; true and false are not numbers."""

    def run(value: object) -> float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not math.isfinite(value) or not low <= value <= high:  # type: ignore[arg-type,operator]
            raise ValueError(f"must be a number from {low:g} to {high:g}, not {value!r}")
        return float(value)  # type: ignore[arg-type]

    return run


def whole(low: int, high: int = 10**9) -> Check:
    """A whole number between low and high; 3.0 counts as 3."""

    def run(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {value!r}")
        return value

    return run


def text(value: object) -> str:
    """Any string that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"must be a text that is not empty, not {value!r}")
    return value


def choice(*names: str) -> Check:
    """One of the names."""

    def run(value: object) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(names)}, not {value!r}")
        return str(value)

    return run


def names(value: object) -> tuple[str, ...]:
    """A list of strings that are not empty; a string is read as names with commas between them. The values
    are left out of the error, because API keys are checked by this one."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple) or not value or not all(isinstance(x, str) and x for x in value):
        raise ValueError("must be a list of one or more texts that are not empty")
    return tuple(value)
