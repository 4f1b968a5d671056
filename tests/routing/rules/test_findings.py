"""What is found to be wrong with rules, and how the words tell to mend it."""

import pytest

from routing.models import RoutingRule
from routing.rules.findings import KnownModel, Level, findings, overlap
from routing.rules.implying import always, excludes, implies, never
from routing.rules.rule import Rule
from routing.rules.tree import parse

ALWAYS = {"all": []}
A, B = {"kind": "words", "words": ["refund"]}, {"kind": "words", "words": ["refund", "return"]}
PREMIUM, SHORT = {"kind": "audience", "audiences": ["premium"]}, {"kind": "length", "most": 10}
LONG, GERMAN = {"kind": "length", "least": 11}, {"kind": "language", "languages": ["de"]}
MODELS = {1: KnownModel("fine"), 2: KnownModel("off", "is disabled"), 3: KnownModel("few", everybody=False)}


def row(number, condition, action="hello", *, site=None, enabled=True):
    action = {"kind": "text", "text": action} if isinstance(action, str) else action
    if isinstance(action, list):
        action = {"kind": "models", "models": action}
    return RoutingRule(
        pk=number, name=f"rule {number}", condition=condition, action=action, site_id=site, enabled=enabled
    )


def found(*rows):
    return [(each.level, each.rule_id, each.other_id) for each in findings(rows, MODELS)]


def rule(condition, action="hello", *, site=None):
    return Rule.of(row(1, condition, action, site=site))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (A, B),
        ({"all": [A, PREMIUM]}, A),
        ({"all": [PREMIUM, A]}, {"any": [SHORT, PREMIUM]}),
        (A, ALWAYS),
        ({"any": [A, {"all": [B, SHORT]}]}, B),
        (SHORT, {"not": LONG}),
        ({"not": B}, {"not": A}),
        ({"not": {"any": [A, SHORT]}}, {"not": A}),
        ({"kind": "score", "least": 0.6, "below": 0.7}, {"kind": "score", "least": 0.5}),
        ({"kind": "words", "words": ["a", "b"], "match": "all"}, {"kind": "words", "words": ["b", "c"]}),
        (
            {"kind": "hours", "start": "23:00", "end": "01:00", "days": ["fri"]},
            {"kind": "hours", "start": "22:00", "end": "06:00"},
        ),
        ({"kind": "share", "percent": 10, "salt": "x"}, {"kind": "share", "percent": 20, "salt": "x"}),
    ],
)
def test_what_follows_is_found_and_not_the_other_way_round(narrow, wide):
    assert implies(parse(narrow), parse(wide))
    assert not implies(parse(wide), parse(narrow))


def test_what_excludes_itself_never_holds_and_an_empty_group_always_does():
    assert never(parse({"all": [SHORT, {"any": [LONG]}]}))
    assert never(parse({"any": []}))
    assert never(parse({"all": [A, {"not": B}]}))
    assert always(parse({"any": [A, ALWAYS]}))
    assert not never(parse({"all": [A, GERMAN]}))
    assert excludes(parse({"all": [A, SHORT]}), parse({"any": [LONG, {"all": [LONG, A]}]}))


def test_a_rule_behind_a_wider_one_is_unreachable_unless_that_is_of_another_site_or_switched_off():
    unreachable = (Level.WARNING, 2, 1)
    assert found(row(1, B), row(2, A)) == [unreachable]
    assert found(row(1, ALWAYS), row(2, A, site=5)) == [unreachable]
    assert found(row(1, ALWAYS, site=5), row(2, A, site=5)) == [unreachable]
    assert found(row(1, B, site=5), row(2, A)) == []
    assert found(row(1, B, site=5), row(2, A, site=6)) == []
    assert found(row(1, B, enabled=False), row(2, A)) == []
    assert found(row(1, B, [3]), row(2, A)) == [], "those to whom its models are closed go on"


def test_an_exception_before_its_rule_is_no_overlap_but_two_that_cross_are():
    assert found(row(1, A, "exception"), row(2, B, "rule")) == []
    assert found(row(1, A, "one"), row(2, PREMIUM, "other")) == [(Level.NOTE, 2, 1)]
    assert found(row(1, A, "same"), row(2, PREMIUM, "same")) == []
    assert overlap(rule(SHORT), rule(LONG)) is False
    assert overlap(rule(A), rule(GERMAN)) is None, "only past traffic can tell"


def test_what_is_not_there_any_more_is_named_with_how_to_mend_it():
    texts = {each.rule_id: each for each in findings([row(1, A, [1, 2]), row(2, LONG, [2, 9])], MODELS)}
    assert texts[1].level == Level.WARNING
    assert "off is disabled. Take them out." in texts[1].text
    assert texts[2].level == Level.ERROR
    assert "model 9 is not there any more and off is disabled. Enable one of them" in texts[2].text


def test_rules_that_cannot_be_read_or_never_hold_are_named():
    broken, never_holds = findings([row(1, {"kind": "mood"}, {}), row(2, {"any": []})], MODELS)
    assert (broken.level, never_holds.level) == (Level.ERROR, Level.WARNING)
    assert "'mood'" in broken.text
    assert "can never hold" in never_holds.text
