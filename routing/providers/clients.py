"""The SDK clients: one for each running loop and provider configuration, pooled and kept alive.

The transport is the aiohttp one that both SDKs offer. Measured on 130 chunks, one streamed answer costs
8 ms of CPU over it and 18 over their default (httpx2's own), whose every read passes through five layers.
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from routing.providers.errors import ErrorKind
from routing.providers.failures import VENDOR_ADDRESSES, unusable
from routing.providers.openai_chat import COMPATIBLE_DIALECT, OPENAI_DIALECT
from routing.providers.sdk import loaded, sdk, trusted
from routing.providers.types import ProviderConfig, Vendor
from routing.providers.wire import Dialect

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

MAX_CONNECTIONS = 1000
"""To one provider from one loop: more than any worker's turns at once."""

KEEP_ALIVE = 55.0
"""Seconds that an unused connection stays open: under the 60 s after which many balancers drop it unsaid."""

MAX_CLIENTS = 32
"""Of one loop. Beyond it the longest unused go, such as those of keys that were replaced."""

NO_KEY = "none"
"""Sent to compatible servers when there is no key: the SDKs insist on one."""


@dataclass
class PooledClient:
    """A client, how its server wants to be spoken to, and how many streams use it now."""

    sdk: "AsyncAnthropic | AsyncOpenAI"
    dialect: Dialect
    users: int = 0


ClientKey = tuple[Vendor, str, str | None, float]
_clients: dict[asyncio.AbstractEventLoop, dict[ClientKey, PooledClient]] = {}


def _key_of(config: ProviderConfig) -> ClientKey:
    """Name what a client is made from. Names and the reader's time limits are none of its business: a turn that is
    less patient than another goes over the same connections."""
    return config.vendor, config.api_key, config.base_url, config.connect_timeout


@asynccontextmanager
async def client_for(config: ProviderConfig) -> AsyncIterator[PooledClient]:
    """Lend this loop's client for the configuration, made on first use.

    Raises ProviderError when key or address cannot work.
    """
    await loaded(config.vendor)
    clients, key = _clients_of_this_loop(), _key_of(config)
    pooled = clients.pop(key, None) or _new_client(config)
    clients[key] = pooled  # the last place is the most recently used
    pooled.users += 1
    try:
        if len(clients) > MAX_CLIENTS:
            await _close_unused(clients)
        yield pooled
    finally:
        pooled.users -= 1


def _clients_of_this_loop() -> dict[ClientKey, PooledClient]:
    """Return the running loop's clients; forget those of loops that ended without `close_clients`."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        for ended in [other for other in _clients if other.is_closed()]:
            del _clients[ended]
        _clients[loop] = {}
    return _clients[loop]


async def _close_unused(clients: dict[ClientKey, PooledClient]) -> None:
    surplus = len(clients) - MAX_CLIENTS
    unused = [key for key, pooled in clients.items() if pooled.users == 0]
    for pooled in [clients.pop(key) for key in unused[:surplus]]:
        await pooled.sdk.close()


async def close_clients() -> None:
    """Close all clients of the running loop. Streams that are still open on them break."""
    for pooled in _clients.pop(asyncio.get_running_loop(), {}).values():
        await pooled.sdk.close()


def _new_client(config: ProviderConfig) -> PooledClient:
    key = _checked_key(config)
    base_url = _checked_base_url(config)
    _keep_sdk_logs_quiet()
    if config.vendor is Vendor.ANTHROPIC:
        return PooledClient(_anthropic_client(config, key, base_url), Dialect())
    return PooledClient(_openai_client(config, key, base_url), _first_dialect(base_url))


def _anthropic_client(config: ProviderConfig, key: str, base_url: str) -> "AsyncAnthropic":
    anthropic = sdk(Vendor.ANTHROPIC)
    http = _http_client(anthropic.DefaultAioHttpClient, config)
    client: AsyncAnthropic = anthropic.AsyncAnthropic(api_key=key, base_url=base_url, max_retries=0, http_client=http)
    return client


def _openai_client(config: ProviderConfig, key: str, base_url: str) -> "AsyncOpenAI":
    openai = sdk(Vendor.OPENAI)
    http = _http_client(openai.DefaultAioHttpClient, config)
    client: AsyncOpenAI = openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=http)
    if config.base_url is not None:  # the SDK takes these from the environment; they are OpenAI's business only
        client.organization = client.project = client.admin_api_key = None
    return client


def _http_client(kind: "type[httpx2.AsyncClient]", config: ProviderConfig) -> "httpx2.AsyncClient":
    """Return the HTTP client. Reads have no limit in it, as the stream's reader keeps its own.

    The connect timeout limits the handshakes, and also all that comes before the request is sent: finding
    the address, waiting for a free connection.
    """
    import httpx2

    return kind(
        limits=httpx2.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE,
        ),
        timeout=httpx2.Timeout(None, connect=config.connect_timeout, pool=config.connect_timeout),
        verify=trusted(),
        follow_redirects=False,
        trust_env=not _is_this_machine(config.base_url or ""),
    )


def _is_this_machine(base_url: str) -> bool:
    """Tell a server on the loopback, which no proxy of the environment can reach for us."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _first_dialect(base_url: str) -> Dialect:
    host = urlsplit(base_url).hostname or ""
    official = host == "api.openai.com" or host.endswith(".api.openai.com")
    return OPENAI_DIALECT if official else COMPATIBLE_DIALECT


def _checked_key(config: ProviderConfig) -> str:
    """Return the key without the white space that pasting adds.

    Others that no header can carry are refused here: HTTP libraries would quote them in their errors.
    """
    key = config.api_key.strip()
    if not key and config.base_url is None:
        raise unusable(config, ErrorKind.AUTH, "has no API key. Enter one.")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise unusable(config, ErrorKind.AUTH, "has an API key with characters that no key has. Enter it again.")
    return key or NO_KEY


def _checked_base_url(config: ProviderConfig) -> str:
    """Return the address to give to the SDK, which adds /v1 itself for Anthropic and not for OpenAI."""
    if config.base_url is None:
        return VENDOR_ADDRESSES[config.vendor]
    url = config.base_url.strip().rstrip("/")
    if not _is_usable(url):
        raise unusable(
            config,
            ErrorKind.BAD_REQUEST,
            "has no usable base URL. It must look like https://host/v1, without a user or password in it.",
        )
    return url.removesuffix("/v1") if config.vendor is Vendor.ANTHROPIC else url


def _is_usable(url: str) -> bool:
    import httpx2

    try:
        parts, port = httpx2.URL(url), urlsplit(url).port
    except (httpx2.InvalidURL, ValueError):
        return False
    return parts.scheme in {"http", "https"} and bool(parts.host) and not parts.userinfo and port != 0


def _keep_sdk_logs_quiet() -> None:
    """Keep the SDKs' debug lines, which hold whole requests, out of a log that is set to debug."""
    for name, level in (("anthropic", logging.INFO), ("openai", logging.INFO), ("httpx2", logging.WARNING)):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(level)
