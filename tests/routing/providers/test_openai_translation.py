"""Recorded streams of OpenAI and its imitators, translated, and our requests in their words."""

import pytest

from routing.providers import ChatMessage, ChatRequest, FinishReason, TextDelta, Usage
from routing.providers.classify import VendorError
from routing.providers.openai_chat import (
    COMPATIBLE_DIALECT,
    OPENAI_DIALECT,
    gentler_dialect,
    openai_body,
    openai_events,
)
from routing.providers.wire import Dialect, StreamState, VendorFault
from tests.routing.providers.recorded import payloads, replay

REQUEST = ChatRequest("gpt-x", "Be brief.", (ChatMessage("user", "Hi"), ChatMessage("assistant", "Yes?")), 100)


def test_text_reason_and_usage_of_an_answer_are_read() -> None:
    text, state = replay("openai_answer", openai_events)
    assert text == "Parcels arrive in two days – guaranteed ✓."
    assert state.reason is FinishReason.STOP
    assert state.usage() == Usage(input_tokens=1201, cached_input_tokens=1152, output_tokens=17)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("openai_length", "A long story that", FinishReason.LENGTH),
        ("openai_refusal", "I can't help with that.", FinishReason.REFUSAL),
        ("openai_content_filter", "Well,", FinishReason.REFUSAL),
        ("openai_tool_calls", "", FinishReason.OTHER),
        ("azure_answer", "Hello.", FinishReason.STOP),
        ("ollama_answer", "Parcels arrive.", FinishReason.STOP),
        ("vllm_running_usage", "Yes.", FinishReason.STOP),
        ("mistral_parts", "Yes.", FinishReason.STOP),
    ],
)
def test_answers_of_many_servers_are_read(name: str, text: str, reason: FinishReason) -> None:
    found, state = replay(name, openai_events)
    assert (found, state.reason) == (text, reason)


def test_of_running_usage_the_last_counts() -> None:
    assert replay("vllm_running_usage", openai_events)[1].usage() == Usage(40, 0, 3)


def test_usage_without_output_is_unknown() -> None:
    state = StreamState()
    openai_events({"choices": [], "usage": {"prompt_tokens": 4}}, state)
    assert state.usage() is None


@pytest.mark.parametrize("name", ["openai_tool_calls", "vllm_running_usage", "mistral_parts"])
def test_hidden_output_counts_as_a_beginning(name: str) -> None:
    state = StreamState()
    for payload in payloads(name)[:2]:
        assert TextDelta("Hm.") not in openai_events(payload, state)
    assert state.started


def test_a_chunk_with_only_the_role_is_no_beginning() -> None:
    state = StreamState()
    openai_events(payloads("openai_answer")[0], state)
    assert not state.started


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openai_error", "The server had an error"),
        ("vllm_error", "maximum context length"),
        ("llamacpp_error", "Loading model"),
    ],
)
def test_errors_in_mid_stream_are_raised_with_their_words(name: str, words: str) -> None:
    with pytest.raises(VendorFault) as caught:
        replay(name, openai_events)
    assert words in caught.value.error.message


def test_ollamas_error_is_a_bare_text() -> None:
    with pytest.raises(VendorFault) as caught:
        openai_events({"error": "model runner has stopped"}, StreamState())
    assert caught.value.error == VendorError(message="model runner has stopped")


@pytest.mark.parametrize("reason", ["error", "abort"])
def test_an_answer_that_the_server_aborted_is_an_error(reason: str) -> None:
    with pytest.raises(VendorFault):
        openai_events({"choices": [{"delta": {}, "finish_reason": reason}]}, StreamState())


def test_other_choices_than_the_first_are_passed_over() -> None:
    assert openai_events({"choices": [{"index": 1, "delta": {"content": "No"}}]}, StreamState()) == ()


@pytest.mark.parametrize("payload", [[], None, "text", {"choices": [[]]}, {"choices": [{"delta": {"content": 5}}]}])
def test_a_chunk_of_a_wrong_shape_raises_what_the_protocol_promises(payload: object) -> None:
    with pytest.raises((KeyError, TypeError, AttributeError)):
        openai_events(payload, StreamState())


def test_a_body_for_openai_limits_completion_tokens_and_asks_for_usage() -> None:
    assert openai_body(REQUEST, OPENAI_DIALECT) == {
        "model": "gpt-x",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
        ],
        "max_completion_tokens": 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_body_for_other_servers_uses_the_older_name_of_the_limit() -> None:
    body = openai_body(ChatRequest("m", "", (), 7, temperature=0.0), COMPATIBLE_DIALECT)
    assert body["max_tokens"] == 7
    assert body["temperature"] == 0.0
    assert body["messages"] == []
    assert "max_completion_tokens" not in body


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Unrecognized request argument supplied: stream_options", Dialect("max_tokens", ask_usage=False)),
        (
            "Unsupported parameter: 'max_tokens' is not supported; use 'max_completion_tokens' instead.",
            Dialect("max_completion_tokens"),
        ),
        (
            "[{'type': 'extra_forbidden', 'loc': ['body', 'stream_options']}]",
            Dialect("max_tokens", ask_usage=False),
        ),
        ("max_tokens is too large: 90000. This model supports at most 4096.", None),
        ("temperature must be at most 1", None),
    ],
)
def test_a_refused_field_leads_to_a_gentler_dialect(message: str, expected: Dialect | None) -> None:
    assert gentler_dialect(COMPATIBLE_DIALECT, VendorError(message=message, status=400)) == expected


def test_only_a_refusal_of_the_request_changes_the_dialect() -> None:
    assert gentler_dialect(COMPATIBLE_DIALECT, VendorError(message="stream_options", status=500)) is None
