"""OpenAI Chat Completions: bodies, events, errors and headers as the vendor's public reference
gives them, and as its Python SDK reads them."""

import json
from collections.abc import Mapping
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
)

OWN_MODELS = (
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
)
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_LIMIT_WORDS = {"requests": "requests per min (RPM)"}
_DONE = b"data: [DONE]\n\n"
_OVERLOADED = "The server is currently overloaded with other requests. Please try again later."


@lru_cache(maxsize=8192)
def _quoted(text: str) -> bytes:
    return json.dumps(text).encode()


def _usage(usage: Usage) -> dict[str, object]:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _head(call: Call, answer: Answer, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-simulated{answer.number:012d}",
        "object": kind,
        "created": answer.created,
        "model": call.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }


def _finish_reason(answer: Answer) -> str:
    return "stop" if answer.complete else "length"


class OpenAI(Vendor):
    """Keys as bearer tokens; max_tokens is charged when a request is let in, used or not."""

    name = "openai"
    output_charge = "reserved"
    cached_is_free = False
    overloaded = 503

    def key(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ").strip()

    def read(self, headers: Mapping[str, str], body: dict[str, object]) -> Call:  # noqa: ARG002 - Vendor's
        reading = read_messages(body.get("messages"), roles=_ROLES)
        max_tokens = read_count(body, "max_completion_tokens") or read_count(body, "max_tokens")
        options = body.get("stream_options")
        wants_usage = isinstance(options, dict) and options.get("include_usage") is True
        stream = body.get("stream") is True
        return Call(read_model(body), reading.question, reading.characters, max_tokens, stream, wants_usage)

    def whole(self, call: Call, answer: Answer) -> dict[str, object]:
        message: dict[str, object] = {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": [],
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(answer)}
        body = {**_head(call, answer, "chat.completion"), "choices": [choice]}
        return body if answer.usage is None else {**body, "usage": _usage(answer.usage)}

    def parts(self, call: Call, answer: Answer, chunk_tokens: int) -> Parts:
        with_usage = call.stream_usage and answer.usage is not None
        head = json.dumps(_head(call, answer, "chat.completion.chunk")).encode()[:-1]
        tail = (b',"usage":null' if with_usage else b"") + b"}\n\n"

        def event(delta: bytes, finish: bytes = b"null") -> bytes:
            choice = b'{"index":0,"delta":%b,"logprobs":null,"finish_reason":%b}' % (delta, finish)
            return b'data: %b,"choices":[%b]%b' % (head, choice, tail)

        before, after = event(b'{"content":\0}').split(b"\0")
        deltas = [before + _quoted(text) + after for text in chunked(answer.tokens, chunk_tokens)]
        ending = event(b"{}", _quoted(_finish_reason(answer)))
        if with_usage and answer.usage is not None:
            usage = json.dumps(_usage(answer.usage)).encode()
            ending += b'data: %b,"choices":[],"usage":%b}\n\n' % (head, usage)
        return Parts(event(b'{"role":"assistant","content":"","refusal":null}'), deltas, ending + _DONE)

    def error(self, refusal: Refusal, request_id: str) -> dict[str, object]:  # noqa: ARG002 - Vendor's
        kind, code = _kind_and_code(refusal)
        return {"error": {"message": _words(refusal), "type": kind, "param": refusal.parameter, "code": code}}

    def error_event(self) -> bytes:
        error = {"message": _OVERLOADED, "type": "server_error", "param": None, "code": None}
        return b"data: %b\n\n" % json.dumps({"error": error}).encode()

    def headers(self, request_id: str, quotas: list[Quota]) -> dict[str, str]:
        found = {"x-request-id": request_id, "openai-version": "2020-10-01"}
        for quota in quotas:
            if quota.name == "requests":
                found |= _limit_headers("requests", quota)
        if tokens := [quota for quota in quotas if quota.name != "requests"]:
            found |= _limit_headers("tokens", min(tokens, key=lambda quota: quota.remaining / quota.limit))
        return found

    def retry_headers(self, seconds: float, form: str) -> dict[str, str]:
        exact = {"retry-after-ms": str(round(seconds * 1000))} if form == "seconds" else {}
        return super().retry_headers(seconds, form) | exact

    def models(self, settings: Settings) -> dict[str, object]:
        """The body of the list of models."""
        names = known_models(settings, OWN_MODELS, "claude", starts=False)
        about = {"object": "model", "created": 1735689600, "owned_by": "simulator"}
        return {"object": "list", "data": [{"id": name, **about} for name in names]}


def duration(seconds: float) -> str:
    """Time as the vendor's reset headers write it: 6ms, 1.5s, 1m0s, 1h0m0s."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _limit_headers(name: str, quota: Quota) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{name}": str(quota.limit),
        f"x-ratelimit-remaining-{name}": str(quota.remaining),
        f"x-ratelimit-reset-{name}": duration(quota.reset),
    }


def _kind_and_code(refusal: Refusal) -> tuple[str, str | None]:
    if refusal.status == 429:
        name = refusal.overrun.name if refusal.overrun else "requests"
        return ("requests" if name in ("requests", CONCURRENT) else "tokens"), "rate_limit_exceeded"
    codes = {
        Cause.KEY: "invalid_api_key",
        Cause.MODEL: "model_not_found",
        Cause.CONTEXT: "context_length_exceeded",
    }
    return ("invalid_request_error" if refusal.status < 500 else "server_error"), codes.get(refusal.cause)


def _words(refusal: Refusal) -> str:
    if refusal.cause is Cause.KEY:
        return "Incorrect API key provided. (The simulator does not repeat it.)"
    if refusal.cause is Cause.MODEL:
        return f"The model `{refusal.detail}` does not exist or you do not have access to it."
    if refusal.cause is Cause.LIMIT and refusal.overrun is not None:
        return _limit_words(refusal.overrun)
    if refusal.cause is Cause.CONTEXT:
        used, _, most = refusal.detail.partition(" tokens > ")
        return (
            f"This model's maximum context length is {most} tokens. However, your messages resulted "
            f"in {used} tokens. Please reduce the length of the messages."
        )
    return refusal.detail or (_OVERLOADED if refusal.status in (503, 529) else "The server had an error.")


def _limit_words(overrun: Overrun) -> str:
    what = _LIMIT_WORDS.get(overrun.name, "tokens per min (TPM)")
    if overrun.name == CONCURRENT:
        what = "concurrent requests"
    size = f"Limit {overrun.limit}, Requested {overrun.requested}."
    if overrun.never:
        return f"Request too large on {what}: {size}"
    return f"Rate limit reached on {what}: {size} Please try again in {duration(overrun.wait)}."
