"""A condition's tree: read with every fault named, asked with short cut, traced in full; and who takes a message."""

import logging

import pytest

from routing.question import Question
from routing.rules import Rule, first_of, tree
from routing.rules.conditions import Share
from routing.rules.problems import PartsError

WORD, LONG = {"kind": "words", "words": ["refund"]}, {"kind": "length", "least": 100}
TEXT = {"kind": "text", "text": "Hello"}
ASKED = Question("a refund, please", 1, "anonymous")


def nested(depth):
    found = WORD
    for _ in range(depth):
        found = {"not": found}
    return found


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"all": []}, True),
        ({"any": []}, False),
        ({"all": [WORD, LONG]}, False),
        ({"any": [LONG, WORD]}, True),
        ({"all": [WORD, {"not": LONG}]}, True),
        ({"not": {"any": [WORD, LONG]}}, False),
    ],
)
def test_groups_are_and_or_and_not_and_the_trace_agrees(condition, holds):
    node = tree.parse(condition)
    assert tree.ask(node, ASKED).held is holds
    assert tree.trace(node, ASKED).held is holds


def test_every_fault_is_named_with_its_place():
    with pytest.raises(PartsError) as refused:
        tree.parse({"all": [WORD, {"any": [{"kind": "mood"}, {"kind": "words"}]}, {"both": []}, 3]})
    problems = refused.value.problems
    assert set(problems) == {"all/1/any/0", "all/1/any/1", "all/2", "all/3"}
    assert "'mood': choose one of words, pattern" in problems["all/1/any/0"][""]
    assert problems["all/1/any/1"] == {"words": "Write at least one word."}
    assert "all/1/any/1/words: Write at least one word." in refused.value.messages


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (nested(9), "nested more than 8 deep"),
        ({"all": [{"any": [WORD] * 60}, {"any": [WORD] * 60}]}, "At most 100 conditions; these are 120"),
        ({"all": [WORD] * 101}, "At most 100 parts"),
        ({"all": WORD}, "This must be"),
        (None, "This must be"),
        ({"kind": ["words"]}, "There is no condition"),
        ({"all": [], "any": []}, "This must be"),
    ],
)
def test_trees_have_limits_and_one_shape(condition, words):
    with pytest.raises(PartsError, match=words):
        tree.parse(condition)


def test_a_trace_shows_every_condition_with_its_place_and_what_it_saw():
    found = tree.trace(tree.parse({"any": [WORD, {"not": LONG}]}), ASKED)
    assert [(each.path, each.kind, each.held) for each in found.children] == [
        ("any/0", "words", True),
        ("any/1", "not", True),
    ]
    assert found.children[1].children[0].detail == "16 characters"


def rule(number, condition, *, site=None, action=TEXT):
    return Rule.parse(id=number, name=f"rule {number}", site_id=site, condition=condition, action=action)


def test_the_first_rule_of_the_site_that_holds_takes_the_message_and_says_why():
    rules = [rule(1, LONG), rule(2, WORD, site=2), rule(3, WORD, site=1), rule(4, {"all": []})]
    match = first_of(rules, ASKED)
    assert (match.rule_id, match.name, match.action.text) == (3, "rule 3", "Hello")
    assert match.why == ("the word “refund”",)
    assert first_of(rules[:2], ASKED) is None


def test_a_condition_that_breaks_is_passed_over_and_logged(monkeypatch, caplog):
    def broken(self, question):
        raise RuntimeError("boom")

    monkeypatch.setattr(Share, "holds", broken)
    rules = [rule(1, {"kind": "share", "percent": 50, "salt": "x"}), rule(2, WORD)]
    with caplog.at_level(logging.ERROR):
        assert first_of(rules, ASKED).rule_id == 2
    assert "rule 1" in caplog.text


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ({}, ""),
        ({"kind": "flow"}, ""),
        ({"kind": "models", "models": []}, "models"),
        ({"kind": "models", "models": [1], "temperature": 3}, "temperature"),
        ({"kind": "models", "models": [1], "max_output_tokens": 0}, "max_output_tokens"),
        ({"kind": "text", "text": " "}, "text"),
        ({"kind": "handover", "text": "x" * 2001}, "text"),
    ],
)
def test_an_action_that_cannot_be_done_is_refused_at_its_field(action, field):
    with pytest.raises(PartsError) as refused:
        rule(1, WORD, action=action)
    assert refused.value.problems[""][field]
