"""What is wrong with the rules: those that nothing can reach, that overlap, that name what is not there any more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.models import Model, RoutingRule
from routing.rules.actions import AskModels
from routing.rules.conditions import OfSite
from routing.rules.implying import always, excludes, implies, meet, never
from routing.rules.nodes import AllOf, Leaf, Node
from routing.rules.problems import PartsError
from routing.rules.rule import Rule


class Level(StrEnum):
    """How bad it is: the rule is not used; it does not do what it says; worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """`text` says how to mend it. `other_id`: the rule that it has to do with."""

    level: Level
    rule_id: int
    text: str
    other_id: int | None = None


@dataclass(frozen=True)
class KnownModel:
    """`away`: why it cannot be asked; empty when it can. `everybody`: it is open to all audiences."""

    name: str
    away: str = ""
    everybody: bool = True


def findings(rows: Sequence[RoutingRule], models: Mapping[int, KnownModel] | None = None) -> list[Finding]:
    """Of all rules in their order, disabled ones left out. Without `models` those are read from the database."""
    known = known_models() if models is None else models
    found: list[Finding] = []
    rules: list[Rule] = []
    for row in rows:
        if not row.enabled:
            continue
        try:
            rule = Rule.of(row)
        except PartsError as error:
            found.append(Finding(Level.ERROR, row.pk, f"It is passed over. {' '.join(error.messages)}"))
            continue
        found += [*_of_models(rule, known), *_of_order(rule, [each for each in rules if _takes_all(each, known)])]
        found += _overlaps(rule, rules)
        rules.append(rule)
    return found


def known_models() -> dict[int, KnownModel]:
    """Every model, by its id."""
    rows = Model.objects.select_related("provider").prefetch_related("audiences")
    return {row.pk: KnownModel(row.name, _away(row), not row.audiences.all()) for row in rows}


def _away(model: Model) -> str:
    if not model.enabled:
        return "is disabled"
    if not model.provider.enabled:
        return f"is of {model.provider}, which is disabled"
    return "" if model.provider.ready else f"is of {model.provider}, which has no key"


def _of_models(rule: Rule, known: Mapping[int, KnownModel]) -> Iterator[Finding]:
    if not isinstance(rule.action, AskModels) or rule.id is None:
        return
    missing = [number for number in rule.action.models if number not in known]
    away = [known[number] for number in rule.action.models if number in known and known[number].away]
    parts = [f"model {number} is not there any more" for number in missing]
    parts += [f"{model.name} {model.away}" for model in away]
    if len(parts) == len(rule.action.models):
        mending = "Enable one of them, or choose another."
        yield Finding(
            Level.ERROR, rule.id, f"It is passed over, as none of its models can be asked: {_and(parts)}. {mending}"
        )
    elif parts:
        yield Finding(Level.WARNING, rule.id, f"It does without some of its models: {_and(parts)}. Take them out.")


def _takes_all(rule: Rule, known: Mapping[int, KnownModel]) -> bool:
    """Whether no message that it holds for goes on to the next rule."""
    if not isinstance(rule.action, AskModels):
        return True
    usable = (known[number] for number in rule.action.models if number in known)
    return any(model.everybody and not model.away for model in usable)


def _of_order(rule: Rule, earlier: Sequence[Rule]) -> Iterator[Finding]:
    if rule.id is None:
        return
    if never(whole(rule)):
        yield Finding(Level.WARNING, rule.id, "Its condition can never hold: two parts of it exclude each other.")
        return
    for other in earlier:
        if implies(whole(rule), whole(other)):
            reason = "takes every message" if always(whole(other)) else "takes every message that this one would"
            text = f"Nothing reaches it: “{other.name}” comes before and {reason}."
            text = f"{text} Move this one above it, or narrow that one."
            yield Finding(Level.WARNING, rule.id, text, other.id)
            return


def _overlaps(rule: Rule, earlier: Sequence[Rule]) -> Iterator[Finding]:
    """With those before it, where both can hold at once and neither is an exception of the other."""
    for other in earlier:
        if rule.id is not None and rule.action != other.action and overlap(other, rule) is True:
            text = f"Some messages meet this rule and “{other.name}”, which comes before and takes them."
            yield Finding(Level.NOTE, rule.id, f"{text} Change their order if this one should.", other.id)


def overlap(one: Rule, other: Rule) -> bool | None:
    """Whether both can hold at once, neither always with the other. None: only past traffic can tell (see replay)."""
    ours, theirs = whole(one), whole(other)
    if excludes(ours, theirs) or implies(ours, theirs) or implies(theirs, ours):
        return False
    return True if meet(ours, theirs) else None


def whole(rule: Rule) -> Node:
    """Its condition, with its site as one more."""
    if rule.site_id is None:
        return rule.condition
    return AllOf((Leaf(OfSite((rule.site_id,))), rule.condition))


def _and(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
