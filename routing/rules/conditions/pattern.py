"""A pattern in the message: a regular expression in RE2's syntax, whose time is linear in the text."""

import functools
from dataclasses import dataclass
from typing import Any, Self

from parley.patterns import PatternError, compiled
from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.conditions.matching import LOOKED_AT, plain
from routing.rules.fields import Field, Params, flag, refuse_unknown, text, trouble

LONGEST = 500


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
            found._search  # noqa: B018 - compiled once, here
        except PatternError as error:
            raise trouble("pattern", str(error)) from None
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
