"""Model providers behind one interface: Anthropic, OpenAI and every server compatible with OpenAI.

    async with provider_for(config).stream(request) as events:
        async for event in events:
            ...  # TextDelta, …, Finished

Importing this package imports no SDK; `warm_up()` does that, when a process starts.
"""

from routing.providers.clients import close_clients, warm_up
from routing.providers.errors import ErrorKind, ProviderError
from routing.providers.provider import provider_for
from routing.providers.types import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
    Provider,
    ProviderConfig,
    StreamEvent,
    TextDelta,
    Usage,
    Vendor,
)

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "ErrorKind",
    "FinishReason",
    "Finished",
    "Provider",
    "ProviderConfig",
    "ProviderError",
    "StreamEvent",
    "TextDelta",
    "Usage",
    "Vendor",
    "close_clients",
    "provider_for",
    "warm_up",
]
