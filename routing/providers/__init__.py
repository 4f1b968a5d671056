"""Model providers behind one interface: Anthropic, OpenAI and every server compatible with OpenAI.

    async with provider_for(config).stream(request) as events:
        async for event in events:
            ...  # Opened (where the headers tell of limits), TextDelta, …, Finished

Importing this package imports no SDK: the first call of a vendor does, or `warm_up()` when a process starts.
"""

from routing.providers.clients import close_clients
from routing.providers.errors import ErrorKind, ProviderError
from routing.providers.limits import Quota, VendorLimits
from routing.providers.provider import provider_for
from routing.providers.sdk import warm_up
from routing.providers.types import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
    Opened,
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
    "Opened",
    "Provider",
    "ProviderConfig",
    "ProviderError",
    "Quota",
    "StreamEvent",
    "TextDelta",
    "Usage",
    "Vendor",
    "VendorLimits",
    "close_clients",
    "provider_for",
    "warm_up",
]
