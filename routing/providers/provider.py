"""A provider: one vendor's protocol over one pooled client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from routing.providers import exchange, failures
from routing.providers.anthropic_messages import ANTHROPIC_MESSAGES
from routing.providers.clients import PooledClient, client_for
from routing.providers.openai_chat import OPENAI_CHAT
from routing.providers.reading import AnswerReader, Patience
from routing.providers.types import ChatRequest, Provider, ProviderConfig, StreamEvent, Vendor
from routing.providers.wire import Protocol

if TYPE_CHECKING:
    import httpx2

LIST_TIMEOUT = 15.0
"""Seconds for listing the models: somebody is looking at the page that waits for it."""

DRAIN_TIME = 0.25
"""Seconds for the end of a body after the vendor's last word: only then can the connection be used again."""

_PROTOCOLS = {Vendor.ANTHROPIC: ANTHROPIC_MESSAGES, Vendor.OPENAI: OPENAI_CHAT}


class HttpProvider:
    """Implements Provider. Holds no connection itself, so it may be made anywhere, as often as wanted."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._protocol: Protocol = _PROTOCOLS[config.vendor]

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """See Provider.stream."""
        config = self._config
        patience = Patience(config.first_token_timeout, config.stall_timeout)
        async with client_for(config) as pooled:
            response = await self._open(pooled, request, patience)
            reader = AnswerReader(config, self._protocol, request.model, patience)
            source = _bytes_of(response)
            try:
                yield reader.events(source, response.headers)
                if reader.state.closed:
                    await _drain(source)
            finally:
                reader.close()
                await response.aclose()

    async def list_models(self) -> list[str]:
        """See Provider.list_models."""
        async with client_for(self._config) as pooled:
            try:
                async with asyncio.timeout(LIST_TIMEOUT):
                    return await exchange.list_models(self._config, pooled, self._protocol)
            except TimeoutError as error:
                raise failures.from_transport(self._config, error) from None

    async def _open(self, pooled: PooledClient, request: ChatRequest, patience: Patience) -> "httpx2.Response":
        clock = asyncio.get_running_loop().time
        start = clock()
        try:
            async with asyncio.timeout(patience.first_token):
                return await exchange.open_stream(self._config, pooled, self._protocol, request)
        except TimeoutError:
            raise failures.no_first_token(self._config) from None
        finally:
            patience.waited(clock() - start)


def provider_for(config: ProviderConfig) -> Provider:
    """Return the provider. Its client is made on first use, one for each running loop and configuration."""
    return HttpProvider(config)


def _bytes_of(response: "httpx2.Response") -> AsyncIterator[bytes]:
    """Return the body as it comes from the network; decoded if the server compressed it all the same."""
    encoded = response.headers.get("content-encoding", "identity") != "identity"
    return response.aiter_bytes() if encoded else response.aiter_raw()


async def _drain(source: AsyncIterator[bytes]) -> None:
    with suppress(TimeoutError, *exchange.transport_errors()):
        async with asyncio.timeout(DRAIN_TIME):
            async for _ in source:
                pass
