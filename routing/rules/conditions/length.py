"""The length of the message."""

import functools
from dataclasses import dataclass
from typing import Self, TypeGuard

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.conditions.ranges import Range, Ranged, check_ends, range_words
from routing.rules.fields import Field, Params, choice, refuse_unknown, whole

MOST = 1_000_000


@condition
@dataclass(frozen=True)
class Length(Ranged):
    """So many characters or words, which are what spaces divide."""

    kind = "length"
    title = "Length of the message"
    place = 70
    help = "How many characters or words the message has."

    least: int | None = None
    most: int | None = None
    unit: str = "characters"

    @classmethod
    def fields(cls) -> list[Field]:
        """Both ends and the unit."""
        units = (("characters", "characters"), ("words", "words"))
        return [
            Field("least", "At least", "number", "Empty: no lower end."),
            Field("most", "At most", "number", "Empty: no upper end."),
            Field("unit", "Counted in", "choice", default="characters", choices=units),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        least, most = (whole(params, name, low=0, high=MOST) for name in ("least", "most"))
        check_ends(least, most, ("least", "most"), equal_is_fine=True)
        return cls(least, most, choice(params, "unit", ("characters", "words"), "characters"))

    @functools.cached_property
    def range(self) -> Range:
        """Of numbers."""
        return Range.of(self.least, None if self.most is None else self.most + 1)

    def holds(self, question: Question) -> Outcome:
        """Names the number."""
        count = len(question.text if self.unit == "characters" else question.text.split())
        return Outcome(count in self.range, f"{count:,} {self.unit}")

    def sentence(self) -> str:
        """For people."""
        return f"the message has {range_words(self.least, self.most, f' {self.unit}')}"

    def of_same_measure(self, other: Condition) -> TypeGuard[Ranged]:
        """Characters with characters, words with words."""
        return isinstance(other, Length) and other.unit == self.unit
