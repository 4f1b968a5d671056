"""The client of the end-to-end tests notices what it is there to notice."""

import pytest

from tests.seen import Seen


def message(number, role="contact", turn=None):
    return {"id": number, "role": role, "text": f"text {number}", "turn": turn}


SNAPSHOT = {"n": "a:0", "type": "snapshot", "messages": [], "turns": []}
ACCEPTED = {"n": "a:1", "type": "accepted", "turn": 7, "message": message(1)}
THINKING = {"n": "a:2", "type": "thinking", "turn": 7, "attempt": 1}
DELTA = {"n": "a:3", "type": "delta", "turn": 7, "attempt": 1, "from": 0, "blocks": ["<p>Hel</p>"]}
ANSWER = {"n": "a:4", "type": "answer", "turn": 7, "message": message(2, "bot", 7)}
WHOLE = [SNAPSHOT, ACCEPTED, THINKING, DELTA, ANSWER]


def seen(*events):
    view = Seen()
    for event in events:
        view.take(event)
    return view


def test_a_turn_without_fault_is_shown():
    view = seen(*WHOLE)
    assert view.texts() == [("contact", "text 1"), ("bot", "text 2")]
    assert view.blocks == {}
    assert seen(*WHOLE[:4]).blocks == {7: ["<p>Hel</p>"]}


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ([ACCEPTED], "neither a snapshot"),
        ([SNAPSHOT, ACCEPTED, ACCEPTED], "came after"),
        ([SNAPSHOT, ACCEPTED, {**THINKING, "n": "b:9"}], "new epoch"),
        ([SNAPSHOT, ACCEPTED, {**ACCEPTED, "n": "a:2"}], "shown twice"),
        ([SNAPSHOT, ACCEPTED, THINKING, {**THINKING, "n": "a:3"}], "attempt 1 after 1"),
        ([SNAPSHOT, ACCEPTED, DELTA], "another attempt"),
        ([SNAPSHOT, ACCEPTED, THINKING, {**DELTA, "from": 1}], "a gap"),
        ([*WHOLE, {**ANSWER, "n": "a:5", "message": message(3, "bot", 7)}], "answered twice"),
        ([*WHOLE, {**DELTA, "n": "a:5"}], "after the end"),
        ([*WHOLE, {"n": "a:5", "type": "failed", "turn": 7}], "failed after"),
    ],
)
def test_a_gap_or_a_repetition_is_noticed(events, complaint):
    with pytest.raises(AssertionError, match=complaint):
        seen(*events)


def test_what_a_snapshot_showed_may_be_told_once_more():
    ahead = {**SNAPSHOT, "messages": [message(1), message(2, "bot", 7)]}
    assert seen(ahead, *WHOLE[1:]).texts() == [("contact", "text 1"), ("bot", "text 2")]
    with pytest.raises(AssertionError, match="shown twice"):
        seen(ahead, *WHOLE[1:], {**ANSWER, "n": "a:5"})


def test_a_snapshot_in_mid_answer_is_gone_on_from():
    turn = {"turn": 7, "attempt": 2, "blocks": ["<p>One</p>", "<p>Tw</p>"]}
    following = {**DELTA, "attempt": 2, "from": 1, "blocks": ["<p>Two</p>"]}
    assert seen({**SNAPSHOT, "turns": [turn]}, following).blocks == {7: ["<p>One</p>", "<p>Two</p>"]}
