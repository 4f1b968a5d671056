"""Who asks."""

from dataclasses import dataclass
from typing import Self

from people.models import AudienceTier
from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition, listed
from routing.rules.fields import Field, Params, refuse_unknown, texts


@condition
@dataclass(frozen=True)
class Audience(Condition):
    """One of some audience tiers, by their keys."""

    kind = "audience"
    title = "Audience tier"
    place = 60
    exact = True
    help = "The visitor is in one of these tiers."
    of_text = False

    audiences: tuple[str, ...]

    @classmethod
    def fields(cls) -> list[Field]:
        """The tiers."""
        return [
            Field("audiences", "Audiences", "choices", choices=tuple(AudienceTier.objects.values_list("key", "name")))
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        return cls(texts(params, "audiences", most=100, longest=50, missing="Choose at least one audience."))

    def holds(self, question: Question) -> Outcome:
        """Names the tier."""
        return Outcome(question.audience_key in self.audiences, f"audience: {question.audience_key}")

    def sentence(self) -> str:
        """For people."""
        return f"the audience is {listed(self.audiences)}"

    def covers(self, other: Condition) -> bool:
        """More tiers."""
        return isinstance(other, Audience) and set(other.audiences) <= set(self.audiences)

    def excludes(self, other: Condition) -> bool:
        """None in common."""
        return isinstance(other, Audience) and not set(other.audiences) & set(self.audiences)
