"""How each vendor says the same things, in bytes."""

import json
from dataclasses import dataclass

from routing.providers import (
    ChatMessage,
    ChatRequest,
    Finished,
    Provider,
    ProviderConfig,
    StreamEvent,
    TextDelta,
    Vendor,
    provider_for,
)

KEY = "sk-a-key-that-must-never-be-shown"
REQUEST = ChatRequest("some-model", "Be brief.", (ChatMessage("user", "When?"),), 50)


@dataclass(frozen=True)
class Speech:
    """The parts of one vendor's stream."""

    vendor: Vendor
    opening: bytes
    reason: bytes
    usage: bytes
    last_word: bytes
    error: bytes
    ping: bytes = b""

    def delta(self, text: str) -> bytes:
        if self.vendor is Vendor.ANTHROPIC:
            delta = {"type": "text_delta", "text": text}
            return sse({"type": "content_block_delta", "index": 0, "delta": delta})
        return sse({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    @property
    def ending(self) -> bytes:
        return self.reason + self.usage + self.last_word


def sse(payload: dict[str, object]) -> bytes:
    event = f"event: {payload['type']}\n" if "type" in payload else ""
    return f"{event}data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


ANTHROPIC = Speech(
    Vendor.ANTHROPIC,
    opening=sse({"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}}),
    reason=sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}),
    usage=b"",
    last_word=sse({"type": "message_stop"}),
    error=sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    ping=sse({"type": "ping"}),
)
OPENAI = Speech(
    Vendor.OPENAI,
    opening=sse({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
    reason=sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
    usage=sse({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}),
    last_word=b"data: [DONE]\n\n",
    error=sse({"error": {"message": "Overloaded", "code": 503}}),
)


def provider_at(url: str, vendor: Vendor, key: str = KEY, **times: float) -> Provider:
    return provider_for(ProviderConfig(vendor, key, url, name="Main", **times))


async def ask(provider: Provider, request: ChatRequest = REQUEST) -> tuple[str, Finished]:
    """Return the text of an answer and its end; a failure leaves by its ProviderError."""
    events = await heard(provider, [], request)
    *deltas, finished = events
    assert isinstance(finished, Finished)
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)), finished


async def heard(provider: Provider, into: list[StreamEvent], request: ChatRequest = REQUEST) -> list[StreamEvent]:
    """Collect an answer's events into a list that stays when the answer breaks."""
    async with provider.stream(request) as events:
        async for event in events:
            into.append(event)  # noqa: PERF401  # one by one, so that a break leaves what came before it
    return into
