"""The classifier's score."""

import functools
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Outcome, condition
from routing.rules.conditions.ranges import Range, Ranged, check_ends, range_words
from routing.rules.fields import Field, Params, number, refuse_unknown


@condition
@dataclass(frozen=True)
class Score(Ranged):
    """At least `least` and below `below`; a message without a score meets neither."""

    kind = "score"
    title = "Classifier score"
    place = 50
    exact = True
    help = "How much the message needs a large model: 0 simple, 1 hard."

    least: float | None = None
    below: float | None = None

    @classmethod
    def fields(cls) -> list[Field]:
        """Both ends."""
        return [
            Field("least", "At least", "number", "From 0 to 1. Empty: no lower end.", placeholder="0.5"),
            Field("below", "Below", "number", "From 0 to 1. Empty: no upper end."),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        least, below = (number(params, name, low=0, high=1) for name in ("least", "below"))
        check_ends(least, below, ("least", "below"), equal_is_fine=False)
        return cls(least, below)

    @functools.cached_property
    def range(self) -> Range:
        """Of scores."""
        return Range.of(self.least, self.below)

    def holds(self, question: Question) -> Outcome:
        """Names the score."""
        if question.score is None:
            return Outcome(False, "no score is known")
        return Outcome(question.score in self.range, f"score {question.score:.2f}")

    def sentence(self) -> str:
        """For people."""
        return f"the score is {range_words(self.least, self.below, '', 'below')}"
