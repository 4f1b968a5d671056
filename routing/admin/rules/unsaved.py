"""The rules as they would be with what is on the page, saved or not."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict

from routing.admin.rules.json_field import JsonTextField
from routing.models import RoutingRule
from routing.rules import Rule
from routing.rules.problems import PartsError

HERE = "This rule"


@dataclass(frozen=True)
class Standing:
    """`rules`: those in force, in their order, with the one on the page in its place. `this`: which one that is."""

    rules: list[Rule]
    this: Rule | None
    notes: list[str]


def saved() -> list[Rule]:
    """The rules in force; those that cannot be read are passed over, as a turn does."""
    return _parsed(list(_rows().filter(enabled=True)))


def _rows() -> QuerySet[RoutingRule]:
    return RoutingRule.objects.order_by("position", "id")


def _parsed(rows: list[RoutingRule]) -> list[Rule]:
    rules = []
    for row in rows:
        try:
            rules.append(Rule.of(row))
        except PartsError:
            continue
    return rules


def standing(sent: QueryDict) -> Standing:
    """With what was sent from the page. Raises ValidationError, PartsError for what cannot be read of it."""
    key = sent.get("rule", "")
    number = int(key) if key.isdecimal() and len(key) < 18 else None
    if "condition" not in sent:  # somebody who may only look
        rules = saved()
        return Standing(rules, next((rule for rule in rules if rule.id == number), None), [])
    this = _sent(sent, number)
    before, after = _around(number)
    notes = [] if sent.get("enabled") else ["The rule on this page is switched off; here it counts as if it were on."]
    return Standing([*_parsed(before), this, *_parsed(after)], this, notes)


def _around(number: int | None) -> tuple[list[RoutingRule], list[RoutingRule]]:
    """The other rules, before and behind this one; a new one goes last."""
    rows = list(_rows())
    place = next((index for index, row in enumerate(rows) if row.pk == number), len(rows))
    others = [row for row in rows if row.enabled and row.pk != number]
    before = {row.pk for row in rows[:place]}
    return [row for row in others if row.pk in before], [row for row in others if row.pk not in before]


def _sent(sent: QueryDict, number: int | None) -> Rule:
    site = sent.get("site", "")
    if site and not (site.isdecimal() and len(site) < 18):
        raise ValidationError("Choose the rule's site.")
    condition, action = (JsonTextField(required=False).clean(sent.get(name, "")) for name in ("condition", "action"))
    name = sent.get("name", "").strip()[:100] or HERE
    return Rule.parse(id=number, name=name, site_id=int(site) if site else None, condition=condition, action=action)
