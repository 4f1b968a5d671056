"""Caches of what people wrote forget it."""

import time

import pytest

from memory.embedding import embedder
from parley import words
from routing.cached.normalise import plain_words


@pytest.fixture(autouse=True)
def _none_left_behind():
    words.forget_words()
    yield
    words.forget_words()


def test_what_is_kept_is_forgotten_in_time(monkeypatch):
    monkeypatch.setattr(words, "KEPT_SECONDS", 0.05)
    plain_words("A Question?")
    embedder().remember({"A question": embedder().compute(["A question"])[0]})
    deadline = time.monotonic() + 20
    while plain_words.cache_info().currsize or embedder()._recent:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_words_that_come_later_are_forgotten_as_well(monkeypatch):
    monkeypatch.setattr(words, "KEPT_SECONDS", 3600)
    plain_words("A question")
    first = words._timer
    assert first.is_alive()
    plain_words("Another question")
    assert words._timer is first, "one timer for all"
    words.forget_words()
    assert plain_words.cache_info().currsize == 0
    plain_words("Another question")
    assert words._timer is not first
    for timer in (first, words._timer):
        timer.cancel()
