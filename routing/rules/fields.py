"""Fields of conditions and actions: described for the form that builds a rule, and read from what that sends.

The functions that read take the parameters of a leaf. They raise ValidationError for the field with words that say how
to mend it; an empty text or list, like None, is as if nothing was given.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError

Kind = Literal["text", "lines", "long", "number", "time", "flag", "choice", "choices", "models"]
Value = str | int
Choices = tuple[tuple[Value, str], ...]
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One input. `choices` are (value, label).

    Types: text; lines (a list of texts); long (a text of several lines); number; time ("HH:MM"); flag (true, false);
    choice (one value); choices (a list of values); models (a list of values in the order that somebody put them in).
    """

    name: str
    label: str
    type: Kind
    help: str = ""
    default: Any = None
    choices: Choices = ()
    placeholder: str = ""
    rows: int = 2  # of a long one
    empty: str = ""  # said in place of choices where there are none


def trouble(field: str, words: str) -> ValidationError:
    """The error of one field."""
    return ValidationError({field: [words]})


def given(params: Params, field: str) -> Any:
    """What was given; None for nothing."""
    value = params.get(field)
    return None if value in ("", []) else value


def text(params: Params, field: str, *, most: int, missing: str = "") -> str:
    """A text without the spaces around it. `missing`: what to say when there is none; without it, none is fine."""
    value = given(params, field)
    if value is not None and not isinstance(value, str):
        raise trouble(field, "This must be a text.")
    found = (value or "").strip()
    if not found and missing:
        raise trouble(field, missing)
    if len(found) > most:
        raise trouble(field, f"At most {most:,} characters; these are {len(found):,}.")
    return found


def number(params: Params, field: str, *, low: float, high: float, unit: str = "") -> float | None:
    """A number from `low` to `high`; None where none was given."""
    value = given(params, field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise trouble(field, f"Write a number from {low:g} to {high:,g}{unit}.")
    if not low <= value <= high:
        raise trouble(field, f"From {low:g} to {high:,g}{unit}; this is {value:,g}.")
    return float(value)


def whole(params: Params, field: str, *, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`; None where none was given."""
    found = number(params, field, low=low, high=high)
    if found is not None and not found.is_integer():
        raise trouble(field, f"Write a whole number; this is {found:g}.")
    return None if found is None else int(found)


def flag(params: Params, field: str) -> bool:
    """True or false; false where nothing was given."""
    value = params.get(field)
    if value in (None, ""):
        return False
    if not isinstance(value, bool):
        raise trouble(field, "Tick it or not: true or false.")
    return value


def texts(params: Params, field: str, *, most: int, longest: int, missing: str) -> tuple[str, ...]:
    """A list of texts, without blanks and repetitions, of which there is at least one."""
    value = given(params, field) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise trouble(field, "This must be a list of texts, one on each line.")
    found = tuple(dict.fromkeys(each.strip() for each in value if each.strip()))
    if not found:
        raise trouble(field, missing)
    if len(found) > most:
        raise trouble(field, f"At most {most:,} lines; these are {len(found):,}. Make two conditions of them.")
    if long := next((each for each in found if len(each) > longest), None):
        raise trouble(field, f"At most {longest} characters on a line; “{long[:30]}…” has {len(long):,}.")
    return found


def ids(params: Params, field: str, *, most: int, missing: str) -> tuple[int, ...]:
    """A list of rows' numbers in its order, without repetitions. `missing` empty: there may be none."""
    value = given(params, field) or []
    if not isinstance(value, list) or not all(type(each) is int and 0 < each < 2**63 for each in value):
        raise trouble(field, "This must be a list of numbers of rows: choose from those that are offered.")
    found = tuple(dict.fromkeys(value))
    if not found and missing:
        raise trouble(field, missing)
    if len(found) > most:
        raise trouble(field, f"At most {most:,}; these are {len(found):,}.")
    return found


def choice(params: Params, field: str, allowed: Iterable[str], default: str) -> str:
    """One of the allowed; the default where none was given."""
    value, known = given(params, field), list(allowed)
    if value is None:
        return default
    if value not in known:
        raise trouble(field, f"Choose one of {', '.join(known)}.")
    return str(value)


def refuse_unknown(kind: type, params: Params) -> None:
    """Raise ValidationError for a parameter that the kind has no field for: a slip of the pen must not go unnoticed."""
    known = {field.name for field in dataclasses.fields(kind) if not field.name.startswith("_")}
    if unknown := set(params) - {"kind"} - known:
        raise ValidationError(f"It knows no {', '.join(sorted(map(repr, unknown)))}. Take it away.")
