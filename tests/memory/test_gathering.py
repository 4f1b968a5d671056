"""What is asked while others are embedded is embedded together, and each gets its own."""

import threading

import numpy as np
import pytest

from memory.embedding.gathering import TOGETHER, Gathering


class Slow:
    """An embedder that holds its first batch until told, and notes every batch."""

    def __init__(self):
        self.batches, self.begun, self.go = [], threading.Event(), threading.Event()

    def __call__(self, texts):
        """The vector of a text is its length; "bad" has none."""
        self.batches.append(list(texts))
        self.begun.set()
        assert self.go.wait(10)
        if "bad" in texts:
            raise ValueError("bad")
        return np.array([[float(len(text))] for text in texts], dtype=np.float32)


@pytest.fixture
def slow():
    return Slow()


@pytest.fixture
def gathering(slow):
    """One whose only thread is busy with a first text."""
    gathering = Gathering(slow, 1)
    gathering.first = gathering.ask(["first"])
    assert slow.begun.wait(10)
    yield gathering
    slow.go.set()


def test_a_text_is_embedded_at_once_and_alone_when_nothing_is_under_way(slow, gathering):
    slow.go.set()
    assert gathering.first.result(10).tolist() == [[5.0]]
    assert gathering.ask(["later"]).result(10).tolist() == [[5.0]]
    assert slow.batches == [["first"], ["later"]]


def test_what_waits_goes_together_and_each_gets_its_own(slow, gathering):
    asked = [["a"], ["bb", "ccc"], [], ["dddd"]]
    waiting = [gathering.ask(texts) for texts in asked]
    slow.go.set()
    assert [[len(text) for text in texts] for texts in asked] == [
        [int(number) for (number,) in future.result(10)] for future in waiting
    ]
    assert slow.batches == [["first"], ["a", "bb", "ccc", "dddd"]]


def test_a_batch_has_an_end_but_a_request_is_not_cut(slow, gathering):
    waiting = [gathering.ask([str(number)]) for number in range(TOGETHER + 1)]
    waiting.append(gathering.ask(["x"] * (TOGETHER + 3)))
    slow.go.set()
    assert [len(future.result(10)) for future in waiting] == [1] * (TOGETHER + 1) + [TOGETHER + 3]
    assert [len(batch) for batch in slow.batches] == [1, TOGETHER, 1, TOGETHER + 3]


def test_a_failure_is_only_its_askers(slow, gathering):
    good, bad, also_good = gathering.ask(["good"]), gathering.ask(["bad"]), gathering.ask(["also good"])
    slow.go.set()
    assert (good.result(10)[0, 0], also_good.result(10)[0, 0]) == (4, 9)
    with pytest.raises(ValueError, match="bad"):
        bad.result(10)


def test_who_is_gone_before_his_turn_costs_nothing(slow, gathering):
    gone, there = gathering.ask(["gone"]), gathering.ask(["there"])
    assert gone.cancel()
    slow.go.set()
    there.result(10)
    assert slow.batches == [["first"], ["there"]]
