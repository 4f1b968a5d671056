"""The length of the message."""

import functools
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.conditions.ranges import Range, check_ends, range_words
from routing.rules.fields import Field, Params, choice, refuse_unknown, whole

MOST = 1_000_000


@condition
@dataclass(frozen=True)
class Length(Condition):
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

    def covers(self, other: Condition) -> bool:
        """A wider range."""
        return isinstance(other, Length) and other.unit == self.unit and self.range.covers(other.range)

    def excludes(self, other: Condition) -> bool:
        """Ranges with nothing in common."""
        return isinstance(other, Length) and other.unit == self.unit and self.range.excludes(other.range)
