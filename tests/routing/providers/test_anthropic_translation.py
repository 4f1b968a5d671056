"""Anthropic's recorded streams, translated, and our requests in its words."""

import pytest

from routing.providers import ChatMessage, ChatRequest, FinishReason, TextDelta, Usage
from routing.providers.anthropic_messages import anthropic_body, anthropic_events
from routing.providers.wire import StreamState, VendorFault
from tests.routing.providers.recorded import payloads, replay

REQUEST = ChatRequest("claude-x", "Be brief.", (ChatMessage("user", "Hi"),), 100)


def test_text_reason_and_usage_of_an_answer_are_read() -> None:
    text, state = replay("anthropic_answer", anthropic_events)
    assert text == "Parcels arrive in two days – guaranteed ✓."
    assert state.reason is FinishReason.STOP
    assert state.closed


def test_input_counts_all_input_the_cached_part_included() -> None:
    _, state = replay("anthropic_answer", anthropic_events)
    assert state.usage() == Usage(input_tokens=1201, cached_input_tokens=1180, output_tokens=17)


def test_input_written_to_the_cache_counts_as_input_but_not_as_cached() -> None:
    _, state = replay("anthropic_cache_written", anthropic_events)
    assert state.usage() == Usage(input_tokens=2564, cached_input_tokens=512, output_tokens=5, cache_write_tokens=2048)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("anthropic_max_tokens", FinishReason.LENGTH),
        ("anthropic_refusal", FinishReason.REFUSAL),
        ("anthropic_thinking_and_tool", FinishReason.OTHER),
    ],
)
def test_reasons_to_stop_are_translated(name: str, reason: FinishReason) -> None:
    assert replay(name, anthropic_events)[1].reason is reason


def test_thinking_tools_citations_and_unknown_events_are_passed_over() -> None:
    text, state = replay("anthropic_thinking_and_tool", anthropic_events)
    assert text == "Let me look."
    assert state.usage() == Usage(1201, 1180, 89)


def test_thinking_counts_as_a_beginning() -> None:
    state = StreamState()
    for payload in payloads("anthropic_thinking_and_tool")[:3]:
        assert anthropic_events(payload, state) == ()
    assert state.started


def test_message_start_and_pings_are_no_beginning_and_pings_no_progress() -> None:
    state = StreamState()
    start, block, ping = payloads("anthropic_answer")[:3]
    anthropic_events(start, state)
    anthropic_events(block, state)
    before = state.progress
    anthropic_events(ping, state)
    assert not state.started
    assert state.progress == before == 2


def test_an_error_event_is_raised_with_its_type_and_words() -> None:
    with pytest.raises(VendorFault) as caught:
        replay("anthropic_overloaded", anthropic_events)
    assert (caught.value.error.type, caught.value.error.message) == ("overloaded_error", "Overloaded")


def test_usage_that_an_imitator_leaves_out_is_unknown_not_zero() -> None:
    text, state = replay("anthropic_no_usage", anthropic_events)
    assert (text, state.usage()) == ("From an imitator.", None)


def test_text_in_the_start_of_a_block_is_not_lost() -> None:
    payload = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi"}}
    assert anthropic_events(payload, StreamState()) == (TextDelta("Hi"),)


def test_characters_that_a_database_refuses_are_dropped() -> None:
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a\x00b"}}
    assert anthropic_events(delta, StreamState()) == (TextDelta("ab"),)


@pytest.mark.parametrize("payload", [[], None, "text", {"no": "type"}, {"type": "content_block_delta"}])
def test_a_chunk_of_a_wrong_shape_raises_what_the_protocol_promises(payload: object) -> None:
    with pytest.raises((KeyError, TypeError, AttributeError)):
        anthropic_events(payload, StreamState())


def test_a_body_holds_what_was_asked_for_and_no_more() -> None:
    assert anthropic_body(REQUEST) == {
        "model": "claude-x",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "system": "Be brief.",
    }


def test_an_empty_system_prompt_is_left_out_and_a_temperature_of_zero_is_not() -> None:
    body = anthropic_body(ChatRequest("m", "", (), 5, temperature=0.0, cache_prefix=True))
    assert "system" not in body
    assert body["temperature"] == 0.0


def test_a_cached_prefix_marks_the_system_prompt() -> None:
    body = anthropic_body(ChatRequest("m", "Long.", (), 5, cache_prefix=True))
    assert body["system"] == [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}]


def test_a_cached_prefix_marks_the_end_of_the_conversation_so_far() -> None:
    said = (ChatMessage("user", "Hi."), ChatMessage("assistant", "Hello."), ChatMessage("user", "Where?"))
    messages = anthropic_body(ChatRequest("m", "Long.", said, 5, cache_prefix=True))["messages"]
    assert [type(message["content"]) for message in messages] == [str, list, str]
    assert messages[1]["content"] == [{"type": "text", "text": "Hello.", "cache_control": {"type": "ephemeral"}}]
    only = anthropic_body(ChatRequest("m", "Long.", said[:1], 5, cache_prefix=True))["messages"]
    assert only == [{"role": "user", "content": "Hi."}]
