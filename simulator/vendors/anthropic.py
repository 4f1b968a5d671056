"""Anthropic Messages (anthropic-version 2023-06-01): bodies, events, errors and headers as the vendor's
public reference gives them, and as its Python SDK reads them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from simulator.limits import CONCURRENT, Overrun, Quota
from simulator.settings import Settings
from simulator.vendors.base import (
    Answer,
    Call,
    Cause,
    Parts,
    Refusal,
    Usage,
    Vendor,
    chunked,
    known_models,
    read_count,
    read_messages,
    read_model,
    read_text,
)

OWN_MODELS = ("claude-opus-4-1", "claude-sonnet-4-5", "claude-haiku-4-5", "claude-3-5-haiku-latest")
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_LIMIT_WORDS = {"input_tokens": "input tokens", "output_tokens": "output tokens", "requests": "requests"}


def _event(name: str, **data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()


@lru_cache(maxsize=8192)
def _delta(text: str) -> bytes:
    return _event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


_EMPTY: dict[str, object] = {"type": "text", "text": ""}
_BLOCK_START = _event("content_block_start", index=0, content_block=_EMPTY) + _event("ping")
_BLOCK_STOP = _event("content_block_stop", index=0)
_MESSAGE_STOP = _event("message_stop")


def _usage(usage: Usage, output: int) -> dict[str, object]:
    return {
        "input_tokens": usage.input - usage.cache_read - usage.cache_write,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": output,
        "service_tier": "standard",
    }


def _stop_reason(answer: Answer) -> str:
    return "end_turn" if answer.complete else "max_tokens"


def _message(call: Call, answer: Answer, content: list[object], stop: str | None, output: int) -> dict[str, object]:
    message: dict[str, object] = {
        "id": f"msg_simulated{answer.number:012d}",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
    }
    if answer.usage is not None:
        message["usage"] = _usage(answer.usage, output)
    return message


class Anthropic(Vendor):
    """Keys in x-api-key or as a bearer token; output tokens are charged as they are produced."""

    name = "anthropic"
    output_charge = "produced"
    cached_is_free = True
    overloaded = 529

    def key(self, headers: Mapping[str, str]) -> str:
        return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ").strip()

    def read(self, headers: Mapping[str, str], body: dict[str, object]) -> Call:
        if not headers.get("anthropic-version"):
            raise Refusal(400, Cause.BODY, "anthropic-version: header is required")
        reading = read_messages(body.get("messages"), roles=("user", "assistant"))
        max_tokens = read_count(body, "max_tokens")
        if max_tokens is None:
            raise Refusal(400, Cause.BODY, "max_tokens: Field required")
        characters = reading.characters + len(read_text(body.get("system"), "system"))
        stream = body.get("stream") is True
        return Call(read_model(body), reading.question, characters, max_tokens, stream)

    def whole(self, call: Call, answer: Answer) -> dict[str, object]:
        text: list[object] = [{"type": "text", "text": answer.text}]
        return _message(call, answer, text, _stop_reason(answer), len(answer.tokens))

    def parts(self, call: Call, answer: Answer, chunk_tokens: int) -> Parts:
        start = _event("message_start", message=_message(call, answer, [], None, 1))
        deltas = [_delta(text) for text in chunked(answer.tokens, chunk_tokens)]
        last: dict[str, object] = {"delta": {"stop_reason": _stop_reason(answer), "stop_sequence": None}}
        if answer.usage is not None:
            last["usage"] = {"output_tokens": len(answer.tokens)}
        ending = _BLOCK_STOP + _event("message_delta", **last) + _MESSAGE_STOP
        return Parts(start + _BLOCK_START, deltas, ending)

    def error(self, refusal: Refusal, request_id: str) -> dict[str, object]:
        kind = _TYPES.get(refusal.status, "invalid_request_error" if refusal.status < 500 else "api_error")
        return {
            "type": "error",
            "error": {"type": kind, "message": _words(refusal)},
            "request_id": request_id,
        }

    def error_event(self) -> bytes:
        return _event("error", error={"type": "overloaded_error", "message": "Overloaded"})

    def headers(self, request_id: str, quotas: list[Quota]) -> dict[str, str]:
        found = {"request-id": request_id}
        for quota in quotas:
            if quota.name != "tokens":
                found |= _limit_headers(quota.name.replace("_", "-"), quota)
        if tokens := [quota for quota in quotas if quota.name != "requests"]:
            # The vendor's tokens-… headers tell of whichever token limit is tightest at the moment.
            found |= _limit_headers("tokens", min(tokens, key=lambda quota: quota.remaining / quota.limit))
        return found

    def models(self, settings: Settings) -> dict[str, object]:
        """The body of the list of models."""
        names = known_models(settings, OWN_MODELS, "claude", starts=True)
        data = [_model(name) for name in names]
        ends = {"first_id": names[0] if names else None, "last_id": names[-1] if names else None}
        return {"data": data, "has_more": False, **ends}


def _model(name: str) -> dict[str, object]:
    about = {"type": "model", "id": name, "display_name": name.replace("-", " ").title()}
    return {**about, "created_at": "2025-01-01T00:00:00Z", "lifecycle": "active"}


def _limit_headers(name: str, quota: Quota) -> dict[str, str]:
    at = datetime.now(UTC) + timedelta(seconds=quota.reset + 0.999)
    return {
        f"anthropic-ratelimit-{name}-limit": str(quota.limit),
        f"anthropic-ratelimit-{name}-remaining": str(quota.remaining),
        f"anthropic-ratelimit-{name}-reset": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _words(refusal: Refusal) -> str:
    if refusal.cause is Cause.KEY:
        return "invalid x-api-key"
    if refusal.cause is Cause.MODEL:
        return f"model: {refusal.detail}"
    if refusal.cause is Cause.LIMIT and refusal.overrun is not None:
        return _limit_words(refusal.overrun)
    if refusal.cause is Cause.CONTEXT:
        return f"prompt is too long: {refusal.detail} maximum"
    return refusal.detail or ("Overloaded" if refusal.status == 529 else "Internal server error")


def _limit_words(overrun: Overrun) -> str:
    if overrun.name == CONCURRENT:
        return "Number of concurrent requests has exceeded your rate limit."
    what = _LIMIT_WORDS.get(overrun.name, "tokens")
    size = " It is larger than the limit can ever hold." if overrun.never else ""
    return f"This request would exceed your rate limit of {overrun.limit} {what} per minute.{size}"
