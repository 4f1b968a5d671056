"""Answer with a text."""

from dataclasses import dataclass
from typing import Self

from routing.decision import Way
from routing.rules.actions.base import Action, action
from routing.rules.fields import Field, Params, refuse_unknown, text

LONGEST = 10_000


@action
@dataclass(frozen=True)
class AnswerText(Action):
    """The same text for everybody, in Markdown."""

    kind = Way.TEXT
    title = "Answer with a text"
    place = 20
    help = "No model is asked."

    text: str

    @classmethod
    def fields(cls) -> list[Field]:
        """The text."""
        return [Field("text", "Answer", "long", "Markdown, as the visitor reads it.", rows=5)]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        return cls(text(params, "text", most=LONGEST, missing="Write the answer."))

    def sentence(self) -> str:
        """For people."""
        return f"answer “{self.text[:80]}{'…' if len(self.text) > 80 else ''}”"
