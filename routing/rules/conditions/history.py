"""The length of the conversation."""

import functools
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Outcome, condition
from routing.rules.conditions.ranges import Range, Ranged, check_ends, range_words
from routing.rules.fields import Field, Params, refuse_unknown, whole

MOST = 1_000_000


@condition
@dataclass(frozen=True)
class History(Ranged):
    """So many messages before this one, by anyone."""

    kind = "conversation"
    title = "Length of the conversation"
    place = 80
    exact = True
    help = "How many messages were sent before this one, answers included."
    of_text = False

    least: int | None = None
    most: int | None = None

    @classmethod
    def fields(cls) -> list[Field]:
        """Both ends."""
        return [
            Field("least", "At least", "number", "Messages before this one. Empty: no lower end.", placeholder="10"),
            Field("most", "At most", "number", "0: only the first message. Empty: no upper end."),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        least, most = (whole(params, name, low=0, high=MOST) for name in ("least", "most"))
        check_ends(least, most, ("least", "most"), equal_is_fine=True)
        return cls(least, most)

    @functools.cached_property
    def range(self) -> Range:
        """Of numbers."""
        return Range.of(self.least, None if self.most is None else self.most + 1)

    def holds(self, question: Question) -> Outcome:
        """Names the number."""
        return Outcome(question.messages in self.range, f"{question.messages:,} messages before")

    def sentence(self) -> str:
        """For people."""
        return f"the conversation had {range_words(self.least, self.most, ' messages before')}"
