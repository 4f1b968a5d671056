"""The environment variables that Parley reads, declared once: what they mean, and how they fail.

`text`, `number`, `flag` and `words` declare a variable and return its value. A value that cannot be read raises
`ImproperlyConfigured` with the name, what was found and what would do. `DECLARED` lists every declaration, in
order, for docs/settings.md and the test that keeps it complete.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Variable:
    """One declared environment variable; `default` as a person would write it."""

    name: str
    default: str
    help: str


DECLARED: dict[str, Variable] = {}


def text(name: str, default: str, *, help: str) -> str:  # noqa: A002 - the word that readers of settings expect
    """The variable's value, or `default` when it is unset or empty."""
    DECLARED[name] = Variable(name, default, help)
    return os.environ.get(name, "").strip() or default


def number(name: str, default: float, *, help: str, minimum: float = 0) -> float:  # noqa: A002
    """A number of at least `minimum`. Raises ImproperlyConfigured for anything else."""

    def parse(value: str) -> float:
        found = float(value)
        if not minimum <= found < float("inf"):
            raise ValueError
        return found

    return _parsed(name, text(name, f"{default:g}", help=help), parse, f"a number of at least {minimum:g}")


def whole(name: str, default: int, *, help: str, minimum: int = 0) -> int:  # noqa: A002
    """A whole number of at least `minimum`. Raises ImproperlyConfigured for anything else."""

    def parse(value: str) -> int:
        if int(value) < minimum:
            raise ValueError
        return int(value)

    return _parsed(name, text(name, str(default), help=help), parse, f"a whole number of at least {minimum}")


def flag(name: str, default: bool, *, help: str) -> bool:  # noqa: A002
    """Yes or no. Raises ImproperlyConfigured for a word that is neither."""

    def parse(value: str) -> bool:
        if value.lower() not in TRUE | FALSE:
            raise ValueError
        return value.lower() in TRUE

    return _parsed(name, text(name, "yes" if default else "no", help=help), parse, "yes or no")


def words(name: str, default: str, *, help: str) -> list[str]:  # noqa: A002
    """A comma-separated list, without its blanks."""
    return [word.strip() for word in text(name, default, help=help).split(",") if word.strip()]


def _parsed(name: str, value: str, parse: Callable[[str], T], wanted: str) -> T:
    try:
        return parse(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not {wanted}. Correct it, or unset it.") from None
