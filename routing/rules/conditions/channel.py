"""How the message came."""

from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition, listed
from routing.rules.fields import Field, Params, refuse_unknown, texts

CHANNELS = (("widget", "The widget"),)  # Question.channel


@condition
@dataclass(frozen=True)
class Channel(Condition):
    """One of some channels."""

    kind = "channel"
    title = "Channel"
    place = 100
    exact = True
    help = "The message came by one of these ways."
    of_text = False

    channels: tuple[str, ...]

    @classmethod
    def fields(cls) -> list[Field]:
        """The channels."""
        return [Field("channels", "Channels", "choices", choices=CHANNELS)]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        return cls(texts(params, "channels", most=20, longest=30, missing="Choose at least one channel."))

    def holds(self, question: Question) -> Outcome:
        """Names the channel."""
        return Outcome(question.channel in self.channels, f"channel: {question.channel}")

    def sentence(self) -> str:
        """For people."""
        return f"the message came by {listed(self.channels)}"

    def covers(self, other: Condition) -> bool:
        """More channels."""
        return isinstance(other, Channel) and set(other.channels) <= set(self.channels)

    def excludes(self, other: Condition) -> bool:
        """None in common."""
        return isinstance(other, Channel) and not set(other.channels) & set(self.channels)
