"""Conditions, actions, findings and figures in words."""

from decimal import Decimal
from typing import Any

from routing.models import Model
from routing.rules import tree
from routing.rules.actions import Action, AskModels
from routing.rules.problems import PartsError
from routing.rules.rule import parse_action

BROKEN = "Cannot be read, and is passed over: open the rule to mend it."


def percent(share: float) -> str:
    """A share in whole percent, or with a digit below ten."""
    return f"{share:.0%}" if share >= 0.0995 or share == 0 else f"{share:.1%}"


def money(dollars: Decimal | None) -> str:
    """Dollars, with as many digits as tell small amounts apart."""
    if dollars is None:
        return "unknown"
    digits = 2 if abs(dollars) >= 1 or not dollars else 4 if abs(dollars) >= Decimal("0.01") else 6
    return f"${dollars:,.{digits}f}"


def seconds(value: float) -> str:
    """Of an answer's time."""
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.0f} min"


def condition_words(condition: Any) -> str:
    """The whole tree in one sentence."""
    try:
        words = tree.sentence(tree.parse(condition))
    except PartsError:
        return BROKEN
    return words[:1].upper() + words[1:]


class ActionWords:
    """Actions in words. The names of models are read once, for all of them."""

    def __init__(self) -> None:
        self._names: dict[int, str] | None = None

    def __call__(self, action: Any) -> str:
        """Of the JSON of a rule."""
        try:
            return self.of(parse_action(action))
        except PartsError:
            return BROKEN

    def of(self, action: Action) -> str:
        """Of a parsed one."""
        words = self._models(action) if isinstance(action, AskModels) else action.sentence()
        return words[:1].upper() + words[1:]

    def _models(self, action: AskModels) -> str:
        if self._names is None:
            self._names = dict(Model.objects.values_list("pk", "name"))
        names = [self._names.get(each, f"model {each}, which is not there any more") for each in action.models]
        more = [] if action.temperature is None else [f"temperature {action.temperature:g}"]
        more += [] if action.max_output_tokens is None else [f"at most {action.max_output_tokens:,} tokens"]
        more += ["further instructions"] if action.instructions else []
        return f"ask {', else '.join(names)}" + (f" ({', '.join(more)})" if more else "")
