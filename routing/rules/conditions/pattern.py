"""A pattern in the message: a regular expression in RE2's syntax, whose time is linear in the text."""

import functools
from dataclasses import dataclass
from typing import Any, Self

import re2

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.conditions.matching import LOOKED_AT, MOST_INSTRUCTIONS, compiled, plain
from routing.rules.fields import Field, Params, flag, refuse_unknown, text, trouble

LONGEST = 500
MENDING = {
    "invalid perl operator": "RE2 knows no look-ahead, look-behind or conditions: join two conditions instead.",
    "invalid escape sequence": r"RE2 knows no such escape, and no reference back to a group (\1).",
    "missing )": "A bracket ( is not closed.",
    "unexpected )": "A bracket ) closes none.",
    "missing ]": "A bracket [ is not closed.",
    "no argument for repetition operator": "There is nothing before it that could be repeated.",
    "bad repetition operator": "Two repetitions follow each other.",
    "invalid repetition size": "A repetition goes up to 1,000, repetitions of it included.",
    "pattern too large": "Use smaller repetitions, and \\w in place of \\pL.",
}


@condition
@dataclass(frozen=True)
class Pattern(Condition):
    """The message's first LOOKED_AT characters match somewhere."""

    kind = "pattern"
    title = "Pattern"
    place = 20
    help = "A regular expression matches somewhere in the message."

    pattern: str
    case_sensitive: bool = False

    @classmethod
    def fields(cls) -> list[Field]:
        """The pattern and its case."""
        about = f"As RE2 writes them. Of a long message the first {LOOKED_AT:,} characters are looked at."
        return [
            Field("pattern", "Pattern", "text", about, placeholder=r"\b[A-Z]{2}-\d{6}\b"),
            Field("case_sensitive", "Capitals matter", "flag", default=False),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError, which says where the pattern breaks."""
        refuse_unknown(cls, params)
        text(params, "pattern", most=LONGEST, missing="Write a pattern.")
        found = cls(str(params["pattern"]), flag(params, "case_sensitive"))  # its spaces count
        try:
            search = found._search  # compiled once, here
        except (re2.error, UnicodeEncodeError) as error:
            raise trouble("pattern", _mending(found.pattern, error)) from None
        if search.programsize > MOST_INSTRUCTIONS:
            raise trouble("pattern", f"It would take too long. {MENDING['pattern too large']}")
        if search.search(b""):
            raise trouble("pattern", "It matches every message, as it matches nothing at all. Take a * or ? away.")
        return found

    @functools.cached_property
    def _search(self) -> Any:
        return compiled(self.pattern, case_sensitive=self.case_sensitive)

    def holds(self, question: Question) -> Outcome:
        """Names what matched."""
        found = self._search.search(plain(question.text))
        if found is None:
            return Outcome(False, "no match")
        matched = found.group().decode(errors="replace")
        return Outcome(True, f"the pattern matches “{matched[:40]}{'…' if len(matched) > 40 else ''}”")

    def sentence(self) -> str:
        """For people."""
        return f"the message matches {self.pattern}{' (capitals matter)' if self.case_sensitive else ''}"


def _mending(pattern: str, error: Exception) -> str:
    """RE2 says "reason: the part of the pattern"."""
    if isinstance(error, UnicodeEncodeError):
        return "There is half of a character in it, which cannot be matched."
    said = error.args[0]
    reason, _, part = (said.decode(errors="replace") if isinstance(said, bytes) else str(said)).partition(": ")
    reason = reason.partition(" - ")[0]
    at = pattern.find(part) if part and part != pattern else -1
    where = f" at character {at + 1} (“{part[:30]}”)" if at >= 0 else ""
    return f"Not a pattern: {reason}{where}. {MENDING.get(reason, '')}".strip()
