"""How much of the budget is spent."""

import functools
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Outcome, condition
from routing.rules.conditions.ranges import Range, Ranged, check_ends, range_words
from routing.rules.fields import Field, Params, number, refuse_unknown


@condition
@dataclass(frozen=True)
class BudgetSpent(Ranged):
    """At least `least` and below `below` percent of the tightest budget; without a budget it never holds."""

    kind = "budget"
    title = "Budget spent"
    place = 120
    exact = True
    help = "How much is spent of the budget that is nearest to its end: of the day, the month, the site or all."
    of_text = False

    least: float | None = None
    below: float | None = None

    @classmethod
    def fields(cls) -> list[Field]:
        """Both ends."""
        return [
            Field("least", "At least, percent", "number", "Empty: no lower end.", placeholder="80"),
            Field("below", "Below, percent", "number", "Empty: no upper end."),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        least, below = (number(params, name, low=0, high=1000, unit=" percent") for name in ("least", "below"))
        check_ends(least, below, ("least", "below"), equal_is_fine=False)
        return cls(least, below)

    @functools.cached_property
    def range(self) -> Range:
        """Of percent."""
        return Range.of(self.least, self.below)

    def holds(self, question: Question) -> Outcome:
        """Names the share."""
        if question.budget_used is None:
            return Outcome(False, "there is no budget")
        return Outcome(question.budget_used * 100 in self.range, f"{question.budget_used:.0%} of the budget spent")

    def sentence(self) -> str:
        """For people."""
        return f"of the budget is spent {range_words(self.least, self.below, ' percent', 'below')}"
