"""What a caller of a provider sends and gets: the same types for every vendor, and plain values only."""

import enum
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from routing.providers.limits import VendorLimits


class Vendor(enum.StrEnum):
    """Whose protocol a provider speaks. OPENAI is OpenAI itself or any server compatible with it."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"


class FinishReason(enum.StrEnum):
    """Why an answer ended. OTHER is a reason that a chat does not ask for, such as a tool call."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"
    OTHER = "other"


@dataclass(frozen=True)
class ProviderConfig:
    """How to reach a provider. Times are seconds; `name` is the provider's name as administrators see it.

    `base_url` None is the vendor's own address, whatever the environment says. With a base URL the key may
    be empty, as local servers ask for none.
    """

    vendor: Vendor
    api_key: str = field(repr=False)
    base_url: str | None = None
    connect_timeout: float = 5.0
    first_token_timeout: float = 60.0
    stall_timeout: float = 15.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One thing said, by the user or by the bot."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A question with all its context. An empty `system` and a `temperature` of None are left out.

    `cache_prefix` asks Anthropic to cache the system prompt and all messages but the last; OpenAI caches by itself.
    """

    model: str
    system: str
    messages: tuple[ChatMessage, ...]
    max_output_tokens: int
    temperature: float | None = None
    cache_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, counted alike for both vendors.

    `input_tokens` is all input, cached or not. `cached_input_tokens` is the part of it that was read from
    the vendor's cache. `output_tokens` is all output, hidden reasoning included. `cache_write_tokens` is the
    part of the input that Anthropic wrote to its cache (and charges more for); it is no part of the cached ones.
    """

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The first event of an answer whose headers tell of the account's limits. Without such headers there is none."""

    limits: VendorLimits


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text, never empty and without NUL characters (Postgres refuses them)."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a complete answer. `usage` is None when the provider did not report all of it."""

    reason: FinishReason
    usage: Usage | None


StreamEvent = Opened | TextDelta | Finished


class Provider(Protocol):
    """One provider. Every failure is a ProviderError, on entering, while iterating or from `list_models`."""

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """Ask; iterate over the answer. A complete answer ends with exactly one Finished.

        Leaving the context closes the provider's stream at once, after a cancellation too.
        """
        ...

    async def list_models(self) -> list[str]:
        """Return the names of the models that the key may use, sorted: also a check of key and address."""
        ...
