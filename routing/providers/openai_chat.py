"""OpenAI's Chat Completions API, as OpenAI and its many imitators speak it. Pure functions.

Source: "Create chat completion" and its streaming chunk object in OpenAI's API reference. Where imitators
(Ollama, vLLM, llama.cpp and gateways) differ, the lenient reading is taken and the difference is named.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from routing.providers.classify import VendorError, vendor_error
from routing.providers.types import ChatRequest, FinishReason, StreamEvent
from routing.providers.wire import Dialect, Protocol, StreamState, VendorFault, count, text_delta

OPENAI_DIALECT = Dialect(limit_field="max_completion_tokens")
"""OpenAI itself: its reasoning models refuse max_tokens."""

COMPATIBLE_DIALECT = Dialect(limit_field="max_tokens")
"""Ollama knows only max_tokens; vLLM and llama.cpp know both."""

_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.REFUSAL,
}
_ABORTED = frozenset({"error", "abort"})  # of gateways and of vLLM: the answer is not whole


def openai_body(request: ChatRequest, dialect: Dialect = OPENAI_DIALECT) -> dict[str, Any]:
    """Return the JSON body of a streamed request: no field too many, as strict servers refuse some."""
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        dialect.limit_field: request.max_output_tokens,
        "stream": True,
    }
    if dialect.ask_usage:
        body["stream_options"] = {"include_usage": True}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def gentler_dialect(dialect: Dialect, error: VendorError) -> Dialect | None:
    """Return a dialect without the field that a server has just refused, or None if it complains of others.

    A refusal names the field ("Unrecognized request argument supplied: stream_options", "Unsupported
    parameter: 'max_tokens'"), in the message or, from FastAPI, in the detail.
    """
    if error.status not in {400, 422}:
        return None
    if dialect.ask_usage and "stream_options" in error.message:
        return replace(dialect, ask_usage=False)
    if dialect.limit_field in error.message and _speaks_of_a_field(error.message):
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
        return replace(dialect, limit_field=other[dialect.limit_field])
    return None


def _speaks_of_a_field(message: str) -> bool:
    """Tell a field that is not known from one whose value is too large."""
    words = ("unsupported", "not supported", "unrecognized", "unknown", "not permitted", "extra_forbidden")
    return any(word in message.lower() for word in words)


def openai_events(payload: Any, state: StreamState) -> tuple[StreamEvent, ...]:
    """Translate one chunk. Only the first choice counts, as we never ask for more."""
    if payload.get("error") or payload.get("object") == "error":  # the latter from older vLLM
        raise VendorFault(vendor_error(payload))
    state.progress += 1
    if payload.get("usage"):
        _note_usage(payload["usage"], state)
    for choice in payload.get("choices") or ():
        if choice.get("index", 0) == 0:
            return _choice_events(choice, state)
    return ()


def _choice_events(choice: Mapping[str, Any], state: StreamState) -> tuple[StreamEvent, ...]:
    delta = choice.get("delta") or {}
    text, refusal = _plain(delta.get("content")), delta.get("refusal") or ""
    state.started = state.started or bool(delta.get("content") or refusal or _hidden_output(delta))
    reason = choice.get("finish_reason")
    if reason in _ABORTED:
        raise VendorFault(VendorError(message=f"the server ended the answer with finish_reason {reason!r}"))
    if reason:
        state.reason = _REASONS.get(reason, FinishReason.OTHER)
    if refusal:
        state.refused = True
    if state.refused and state.reason is FinishReason.STOP:
        state.reason = FinishReason.REFUSAL
    return text_delta(text + refusal)


def _plain(content: Any) -> str:
    """Return a delta's text; some servers (Mistral's reasoning models) send it as a list of typed parts."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    return content or ""


def _hidden_output(delta: Mapping[str, Any]) -> bool:
    """Tell whether the model writes what a chat does not show: reasoning (two spellings) or tool calls."""
    return bool(delta.get("reasoning_content") or delta.get("reasoning") or delta.get("tool_calls"))


def _note_usage(usage: Mapping[str, Any], state: StreamState) -> None:
    """Keep the counts; some servers send running ones with every chunk, and the last are right."""
    state.input_tokens = count(usage, "prompt_tokens")
    state.output_tokens = count(usage, "completion_tokens")
    state.cached_input_tokens = count(usage.get("prompt_tokens_details") or {}, "cached_tokens") or 0


OPENAI_CHAT = Protocol(
    chat_path="/chat/completions",
    models_path="/models",
    models_query={},
    body=openai_body,
    translate=openai_events,
    gentler=gentler_dialect,
)
