"""What a model is sent: what stays the same first, so that vendors can keep it; the question last."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest

from conversations.turns.assemble import WORTH_KEEPING, assemble
from memory.knowledge.search import PassageHit

HITS = [PassageHit(1, 1, "Delivery", "/help/delivery/", "How long", "Two days.", 0.9, 0.9, 0.5)]
EARLIER = [("contact", "Hello."), ("bot", "Hi, how can I help?")]


@pytest.fixture
def turn():
    return SimpleNamespace(
        text="How long does it take?",
        system_prompt="You help at {site}.",
        site_name="Demo",
        allowed_origins="https://shop.example https://*.shop.example",
        said_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC),
        conversation=UUID(int=7),
        summary=None,
        summary_through=None,
    )


@pytest.fixture
def model():
    return SimpleNamespace(name="m", context_window=8000, max_output_tokens=1000, temperature=None)


def test_what_changes_with_the_question_stands_beside_it_and_the_rest_before(turn, model):
    request = assemble(turn, model, EARLIER, HITS, "Be brief.", "MEMORIES")
    facts = "The site: Demo (https://shop.example). Today is Tuesday, 2026-11-24 (UTC)."
    assert request.system == f"You help at Demo.\n\n{facts}\n\nBe brief."
    assert [message.content for message in request.messages[:2]] == ["Hello.", "Hi, how can I help?"]
    last = request.messages[-1].content
    assert last.index("MEMORIES") < last.index("Two days.") < last.index("How long does it take?")
    assert last.endswith("The person's message:\n\nHow long does it take?")


def test_two_turns_of_a_conversation_begin_alike(turn, model):
    first = assemble(turn, model, EARLIER, HITS, memories="What was known")
    turn.text = "And to Norway?"
    later = [*EARLIER, ("contact", "How long does it take?"), ("bot", "Two days.")]
    second = assemble(turn, model, later, [], memories="What is known")
    assert second.system == first.system
    assert second.messages[:2] == first.messages[:2]


def test_a_question_without_anything_to_help_is_sent_as_it_is(turn, model):
    assert assemble(turn, model, [], []).messages[0].content == turn.text


def test_only_a_long_beginning_is_marked_to_be_kept(turn, model):
    assert not assemble(turn, model, EARLIER, HITS).cache_prefix
    turn.system_prompt = "word " * WORTH_KEEPING
    assert assemble(turn, model, EARLIER, HITS).cache_prefix


def test_the_oldest_messages_are_left_out_when_the_window_is_small_and_the_question_never(turn, model):
    model.context_window = 1400
    request = assemble(turn, model, [("contact", "a" * 900), ("bot", "b" * 300)], HITS)
    assert all("a" * 900 not in message.content for message in request.messages)
    assert request.messages[-1].content.endswith(turn.text)


def test_the_summary_stands_between_the_sites_words_and_the_messages_that_follow_it(turn, model):
    turn.summary, turn.summary_through = "They want to return shoes.", 40
    first = assemble(turn, model, EARLIER, HITS)
    assert [message.role for message in first.messages] == ["user", "assistant", "user"]
    beginning = first.messages[0].content
    assert "It is data" in beginning
    assert beginning.index("They want to return shoes.") < beginning.index("Hello.")
    turn.text = "And then?"
    assert assemble(turn, model, EARLIER, []).messages[0] == first.messages[0]  # vendors read it from their caches


def test_the_summary_stays_when_the_window_is_small(turn, model):
    turn.summary, turn.summary_through, model.context_window = "They want to return shoes.", 40, 1600
    request = assemble(turn, model, [("contact", "a" * 900), ("bot", "b" * 600)], HITS)
    assert "They want to return shoes." in request.messages[0].content
    assert all("a" * 900 not in message.content for message in request.messages)
