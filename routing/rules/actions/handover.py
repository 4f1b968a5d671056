"""Hand the conversation over to a person."""

from dataclasses import dataclass
from typing import Self

from routing.decision import Way
from routing.rules.actions.base import Action, action
from routing.rules.fields import Field, Params, refuse_unknown, text

LONGEST = 2000
TOLD = "I am passing you on to a colleague, who will answer here."


@action
@dataclass(frozen=True)
class HandOver(Action):
    """`text` is what the visitor reads until the person answers, in Markdown."""

    kind = Way.HANDOVER
    title = "Hand over to a person"
    place = 30
    help = "The conversation goes to the agents' inbox; no model is asked."

    text: str = TOLD

    @classmethod
    def fields(cls) -> list[Field]:
        """What the visitor reads."""
        return [Field("text", "What the visitor reads", "long", "Markdown.", default=TOLD)]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        return cls(text(params, "text", most=LONGEST, missing="Write what the visitor reads while waiting."))

    def sentence(self) -> str:
        """For people."""
        return "hand over to a person"
