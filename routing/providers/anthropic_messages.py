"""Anthropic's Messages API: our request in its words, its stream events in ours. Pure functions.

Source: "Create a Message" and "Streaming messages" of Anthropic's API reference, version 2023-06-01.
"""

from collections.abc import Mapping
from typing import Any

from routing.providers.classify import vendor_error
from routing.providers.types import ChatRequest, FinishReason, StreamEvent
from routing.providers.wire import Dialect, Protocol, StreamState, VendorFault, count, text_delta

_REASONS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.REFUSAL,
}


def anthropic_body(request: ChatRequest, _dialect: Dialect | None = None) -> dict[str, Any]:
    """Return the JSON body of a streamed request."""
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "messages": _messages(request),
        "stream": True,
    }
    if request.system:
        body["system"] = _system(request)
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def _messages(request: ChatRequest) -> list[dict[str, Any]]:
    """With a mark behind the conversation so far, where there is one: its next turn reads it from the cache."""
    messages: list[dict[str, Any]] = [{"role": said.role, "content": said.content} for said in request.messages]
    if request.cache_prefix and len(messages) > 1:
        messages[-2]["content"] = [_kept(messages[-2]["content"])]
    return messages


def _system(request: ChatRequest) -> str | list[dict[str, Any]]:
    if not request.cache_prefix:
        return request.system
    return [_kept(request.system)]


def _kept(text: str) -> dict[str, Any]:
    """A block up to which Anthropic keeps the beginning of the prompt, for five minutes (Prompt caching)."""
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


def anthropic_events(payload: Any, state: StreamState) -> tuple[StreamEvent, ...]:
    """Translate one stream event. Pings and types unknown to us give nothing, as the reference asks."""
    kind = payload["type"]
    if kind == "ping":
        return ()
    if kind == "error":
        raise VendorFault(vendor_error(payload))
    state.progress += 1
    if kind == "content_block_delta":
        state.started = True
        delta = payload["delta"]
        return text_delta(delta["text"]) if delta["type"] == "text_delta" else ()
    if kind == "content_block_start":
        return _block_start(payload["content_block"], state)
    if kind == "message_start":
        _note_usage(payload["message"].get("usage"), state)
    elif kind == "message_delta":
        _note_end(payload, state)
    elif kind == "message_stop":
        state.closed = True
        state.reason = state.reason or FinishReason.OTHER
    return ()


def _block_start(block: Mapping[str, Any], state: StreamState) -> tuple[StreamEvent, ...]:
    """Return the text that a block opens with: none from Anthropic itself, some from its imitators."""
    events = text_delta(block.get("text") or "") if block["type"] == "text" else ()
    state.started = state.started or bool(events)
    return events


def _note_end(payload: Mapping[str, Any], state: StreamState) -> None:
    _note_usage(payload.get("usage"), state)
    reason = payload["delta"].get("stop_reason")
    if reason is not None:
        state.reason = _REASONS.get(reason, FinishReason.OTHER)


def _note_usage(usage: Mapping[str, Any] | None, state: StreamState) -> None:
    """Keep the counts, which are cumulative. Anthropic counts cached input apart; we count it as input.

    A message_delta repeats the input counts or leaves them out: then those of the message_start stand.
    """
    if not usage:
        return
    fresh, output = count(usage, "input_tokens"), count(usage, "output_tokens")
    read = count(usage, "cache_read_input_tokens") or 0
    written = count(usage, "cache_creation_input_tokens") or 0
    if fresh is not None and fresh + read + written >= (state.input_tokens or 0):
        state.input_tokens = fresh + read + written
        state.cached_input_tokens = read
        state.cache_write_tokens = written
    if output is not None:
        state.output_tokens = output


ANTHROPIC_MESSAGES = Protocol(
    chat_path="/v1/messages",
    models_path="/v1/models",
    models_query={"limit": 1000},
    body=anthropic_body,
    translate=anthropic_events,
    gentler=lambda _dialect, _error: None,  # one server, one dialect
)
