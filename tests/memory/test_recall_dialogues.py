"""The invented dialogues that recall is measured on, and reading those of others."""

import json

from bench.dialogues import parse
from bench.locomo import generate


def test_invented_dialogues_are_long_the_same_for_a_seed_and_hold_their_evidence() -> None:
    made = generate(3, conversations=2)
    assert made == generate(3, conversations=2) != generate(4, conversations=2)
    for dialogue, document in zip(parse(json.dumps(made)), made, strict=True):
        assert len(dialogue.speakers) == 2
        assert len(dialogue.turns) > 200
        assert len(dialogue.questions) == len(document["questions"]) > 30
        assert {"1", "2", "3", "4"} >= {question.category for question in dialogue.questions} >= {"2", "3", "4"}


def test_dialogues_of_others_are_read_whatever_their_times_and_nesting_and_lines() -> None:
    turns = [
        {"id": "D1:1", "sp": "Ann", "ts": "1:56 pm on 8 May, 2023", "text": "I got a cat."},
        {"id": "D1:2", "sp": "Ben", "ts": 1683554300, "text": "Nice!"},
        {"id": "D2:1", "sp": "Ann", "ts": "some day", "text": "It ran away."},
    ]
    questions = [
        {"question": "What did Ann get?", "evidence": ["D1:1"], "cat": 4},
        {"q": "Nothing holds it.", "evidence": [], "cat": 5},
    ]
    document = {"turns": turns, "questions": questions}
    for text in (json.dumps({"data": [document]}), json.dumps(document) + "\n" + json.dumps(document)):
        dialogue = parse(text)[0]
        assert [turn.session for turn in dialogue.turns] == ["D1", "D1", "D2"]
        assert dialogue.turns[0].at.isoformat() == "2023-05-08T13:56:00+00:00"
        assert dialogue.turns[2].at > dialogue.turns[1].at
        assert [question.text for question in dialogue.questions] == ["What did Ann get?"]
