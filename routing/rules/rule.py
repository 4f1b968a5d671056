"""A rule, ready to be asked: parsed, and free of the database."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import ValidationError

from routing.models import RoutingRule
from routing.question import Question
from routing.ready import Ready
from routing.rules import tree
from routing.rules.actions import ACTIONS, Action, AskModels
from routing.rules.nodes import Node
from routing.rules.problems import PartsError, by_field

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Match:
    """The rule that takes a message, what it does, and what its conditions saw."""

    rule_id: int | None
    name: str
    action: Action
    why: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """`id` None: not saved yet. `site_id` None: of all sites."""

    id: int | None
    name: str
    site_id: int | None
    condition: Node
    action: Action

    @classmethod
    def parse(cls, *, id: int | None, name: str, site_id: int | None, condition: Any, action: Any) -> Self:  # noqa: A002
        """From the values of a row. Raises PartsError."""
        return cls(id, name, site_id, tree.parse(condition), parse_action(action))

    @classmethod
    def of(cls, row: RoutingRule) -> Self:
        """Raises PartsError."""
        return cls.parse(id=row.pk, name=row.name, site_id=row.site_id, condition=row.condition, action=row.action)

    def of_site(self, site_id: int) -> bool:
        """Whether it is asked there."""
        return self.site_id is None or self.site_id == site_id

    def usable(self, ready: Ready, audience_id: int) -> bool:
        """Whether one of its models is ready and open to the audience; other actions need none."""
        if not isinstance(self.action, AskModels):
            return True
        open_to = (model.id for model in ready.models if not model.audiences or audience_id in model.audiences)
        return not set(self.action.models).isdisjoint(open_to)


def parse_action(values: Any) -> Action:
    """The action of a rule. Raises PartsError, whose only path is ""."""
    kind = ACTIONS.get(values["kind"]) if isinstance(values, dict) and isinstance(values.get("kind"), str) else None
    if kind is None:
        raise PartsError({"": {"": f"Say what the rule does: its kind is one of {', '.join(ACTIONS)}."}})
    try:
        return kind.parse(values)
    except ValidationError as error:
        raise PartsError({"": by_field(error)}) from None


def first_of(rules: Iterable[Rule], question: Question, ready: Ready | None = None) -> Match | None:
    """The first rule that holds, of those of the question's site. With `ready`, one whose models cannot be asked is
    passed over. A condition that breaks is logged and passed over too: no visitor pays for it.
    """
    for rule in rules:
        if not rule.of_site(question.site_id):
            continue
        try:
            asked = tree.ask(rule.condition, question)
        except Exception:
            log.exception("Routing rule %s (%s) broke and was passed over.", rule.id, rule.name)
            continue
        if asked.held and (ready is None or rule.usable(ready, question.audience_id)):
            return Match(rule.id, rule.name, rule.action, asked.why)
    return None
