"""What a visitor reads who may not go on: what happened, and how long to wait."""

from datetime import UTC, datetime

import pytest

from conversations.errors import in_words, tokens_used, too_many, too_many_turns


def test_a_day_ends_at_midnight_utc_and_the_sentence_says_how_long_that_is():
    refused = tokens_used(datetime(2026, 11, 24, 21, 15, tzinfo=UTC))
    assert refused.wait == 2.75 * 3600
    assert "tomorrow at 00:00 UTC, in 3 hours" in refused.message


def test_every_refusal_tells_programs_what_it_tells_people():
    now = datetime(2026, 11, 24, 23, 59, 30, tzinfo=UTC)
    frames = [refused.frame("x") for refused in (too_many(39.2), too_many_turns(), tokens_used(now))]
    assert [frame["code"] for frame in frames] == ["too_many", "too_many_turns", "tokens_used"]
    assert [frame.get("wait") for frame in frames] == [40, None, 30]
    assert "in 40 seconds" in frames[0]["message"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (1, "1 second"), (39.2, "40 seconds"), (91, "2 minutes"), (5401, "2 hours"), (86400, "24 hours")],
)
def test_a_wait_is_said_as_people_say_it_and_never_too_short(seconds, words):
    assert in_words(seconds) == words
