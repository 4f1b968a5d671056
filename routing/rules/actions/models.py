"""Let a model answer."""

from dataclasses import dataclass
from typing import Self

from routing.decision import Way
from routing.models import Model
from routing.rules.actions.base import Action, action
from routing.rules.fields import Choices, Field, Params, ids, number, refuse_unknown, text, whole

MOST_MODELS = 10


@action
@dataclass(frozen=True)
class AskModels(Action):
    """`models`: ids, best first. None: as the model's row says. `instructions` follow the site's system prompt."""

    kind = Way.MODELS
    title = "Let a model answer"
    place = 10
    help = "The best first; the next one takes the message when it fails or is too slow."

    models: tuple[int, ...]
    temperature: float | None = None
    max_output_tokens: int | None = None
    instructions: str = ""

    @classmethod
    def fields(cls) -> list[Field]:
        """Models and parameters."""
        more = "They follow the system prompt of the site."
        return [
            Field("models", "Models", "models", choices=_offered(), empty="There is no model yet: add a provider."),
            Field("temperature", "Temperature", "number", "From 0 to 2. Empty: as set for the model."),
            Field("max_output_tokens", "Longest answer, tokens", "number", "Empty: as set for the model."),
            Field("instructions", "Further instructions", "long", more, rows=3),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        return cls(
            ids(params, "models", most=MOST_MODELS, missing="Choose at least one model."),
            number(params, "temperature", low=0, high=2),
            whole(params, "max_output_tokens", low=1, high=1_000_000),
            text(params, "instructions", most=10_000),
        )

    def sentence(self) -> str:
        """For people."""
        return f"one of {len(self.models)} models answers" if len(self.models) > 1 else "a model answers"


def _offered() -> Choices:
    rows = Model.objects.select_related("provider")
    return tuple((row.pk, f"{row}{'' if row.enabled and row.provider.enabled else ', disabled'}") for row in rows)
