"""A share of the conversations, to compare two ways of answering."""

import hashlib
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.fields import Field, Params, number, refuse_unknown, text, trouble


@condition
@dataclass(frozen=True)
class Share(Condition):
    """So many percent of the conversations, always the same ones for a salt.

    A conversation's place is the first 8 bytes of SHA-256 of "salt:conversation" as a share of 2⁶⁴.
    """

    kind = "share"
    title = "Share of traffic (A/B)"
    place = 130
    exact = True
    help = "A part of the conversations; each stays where it is for all of its messages."
    of_text = False

    percent: float
    salt: str

    @classmethod
    def fields(cls) -> list[Field]:
        """The percentage and the test's name."""
        about = "Rules with the same name choose the same conversations; another name mixes them anew."
        return [
            Field("percent", "Percent of the conversations", "number", default=50),
            Field("salt", "Name of the test", "text", about, default="test 1"),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        percent = number(params, "percent", low=0, high=100, unit=" percent")
        if not percent:
            raise trouble("percent", "Write a number above 0, up to 100 percent.")
        return cls(percent, text(params, "salt", most=100, missing="Give the test a name."))

    def place_of(self, conversation: str) -> float:
        """From 0 to 100, even over all conversations."""
        digest = hashlib.sha256(f"{self.salt}:{conversation}".encode(errors="replace")).digest()
        return int.from_bytes(digest[:8]) / 2**64 * 100

    def holds(self, question: Question) -> Outcome:
        """Names the conversation's place."""
        place = self.place_of(question.conversation)
        return Outcome(place < self.percent, f"place {place:.1f} of 100 in “{self.salt}”")

    def sentence(self) -> str:
        """For people."""
        return f"{self.percent:g} % of the conversations (“{self.salt}”)"

    def covers(self, other: Condition) -> bool:
        """More of the same test, or all."""
        if self.percent >= 100:
            return True
        return isinstance(other, Share) and other.salt == self.salt and other.percent <= self.percent
