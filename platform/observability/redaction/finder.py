"""What a finder is: the exact search for one kind of data, and a cheap hint of where it could succeed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Span = tuple[int, int]
Find = Callable[[str, int, int], Iterator[Span]]


class Sort(StrEnum):
    """What is redacted; each can be switched off. The value stands in the log in its place."""

    EMAIL = "e-mail"
    PHONE = "phone"
    CARD = "card"
    BANK = "bank account"
    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - a word
    IDENTITY = "identity"
    ADDRESS = "IP address"


TITLES: dict[Sort, str] = {
    Sort.EMAIL: "E-mail addresses",
    Sort.PHONE: "Phone numbers",
    Sort.CARD: "Payment cards",
    Sort.BANK: "Bank accounts (IBAN)",
    Sort.KEY: "Keys and tokens",
    Sort.PASSWORD: "Passwords, PINs and codes",
    Sort.IDENTITY: "National ids and documents",
    Sort.ADDRESS: "IP addresses",
}


@dataclass(frozen=True)
class Finder:
    """`find(text, start, end)` gives the places between start and end.

    `hint` is a pattern of RE2 (linear, a hundredth of the time) that matches wherever `find` does: within the 80
    characters before it and the 300 after it, to the end of the word there. `word` is for finders whose matches begin
    where the hint's do: it need only be tried there.
    """

    sort: Sort
    words: str
    find: Find
    hint: str
    word: re.Pattern[str] | None = None


def matches(pattern: re.Pattern[str], group: str | int = 0) -> Find:
    """Find what the pattern's group matches."""
    return lambda text, start, end: (found.span(group) for found in pattern.finditer(text, start, end))
