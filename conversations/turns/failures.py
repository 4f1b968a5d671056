"""What the models said in one attempt of a turn, and which of them are worth asking again."""

from collections import Counter
from collections.abc import Sequence

from conversations.turns.admit import Choice
from routing.providers import ErrorKind, ProviderError
from routing.ready import RoutedModel

TRIES = 2  # of one model in one attempt, where its error may pass
LONGEST_PAUSE = 2.0  # seconds with the slot held; a provider that asks for more is left to the next model


class Failures:
    """The errors of an attempt, by model."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._choices = choices
        self._errors: dict[int, ProviderError] = {}
        self._tries: Counter[int] = Counter()

    def note(self, model: RoutedModel, error: ProviderError) -> None:
        """The model failed. A limit that was reached is no failure: the model's line is waited in."""
        self._errors[model.id] = error
        if error.kind != ErrorKind.RATE_LIMITED:
            worth_another = error.retryable and (error.retry_after or 0) <= LONGEST_PAUSE
            self._tries[model.id] += 1 if worth_another else TRIES

    def includes(self, model: RoutedModel) -> bool:
        """Whether it failed before."""
        return model.id in self._errors

    def may_ask_again(self, model: RoutedModel) -> bool:
        """Whether the model may be asked once more in this attempt."""
        return self._tries[model.id] < TRIES

    @property
    def left(self) -> list[Choice]:
        """The choices that may still be asked, best first."""
        return [choice for choice in self._choices if self.may_ask_again(choice.model)]

    @property
    def first(self) -> ProviderError:
        """Why the model that was meant to answer did not."""
        return next(self._errors[choice.model.id] for choice in self._choices if choice.model.id in self._errors)

    @property
    def may_pass(self) -> bool:
        """Whether one of the models may answer the same request later."""
        return any(error.retryable for error in self._errors.values())
