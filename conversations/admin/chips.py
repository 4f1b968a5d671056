"""What a list is narrowed down to, in words above it, each with a cross that takes it away. And complaints."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest


@dataclass(frozen=True)
class Chip:
    """`changes`: what becomes of the address's parameters when it is taken away; None: they go."""

    words: str
    changes: dict[str, Any]


def shown(changes: Any) -> list[tuple[str, str]]:
    """The words and the address without it, of every filter of a ChangeList that has `chips`."""
    specs = [spec for spec in changes.filter_specs if hasattr(spec, "chips")]
    return [(chip.words, changes.get_query_string(chip.changes)) for spec in specs for chip in spec.chips()]


def complain(request: HttpRequest, wrong: Iterable[str]) -> None:
    """Say what was left out of the address, and why."""
    for words in wrong:
        messages.error(request, f"{words} It was left out.")
