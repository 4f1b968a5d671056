"""One HTTP exchange over a pooled SDK client, its failures translated.

We use the SDKs' clients, pools and error types, and their low-level `post` and `get`: on a conversation of 41
messages `chat.completions.create` spends 9 ms of CPU on checking types that we have just built, `post` 0.5.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import jiter

from routing.providers.classify import VendorError, vendor_error
from routing.providers.clients import PooledClient
from routing.providers.errors import ErrorKind, ProviderError
from routing.providers.failures import from_refusal, from_transport, malformed, redirected, unusable
from routing.providers.sdk import sdk
from routing.providers.types import ChatRequest, ProviderConfig
from routing.providers.wire import Protocol

if TYPE_CHECKING:
    import httpx2

STREAMED = {
    "X-Stainless-Raw-Response": "stream",  # as the SDKs' own with_streaming_response: leave the body unread
    "Accept": "text/event-stream",
    "Accept-Encoding": "identity",  # compressors hold chunks back
}
MOST_DIALECTS = 3
MOST_PAGES = 20


class _Refusal(Exception):
    """The server answered with an error status."""

    def __init__(self, error: VendorError, response: "httpx2.Response") -> None:
        super().__init__()
        self.error = error
        self.response = response


async def open_stream(
    config: ProviderConfig, pooled: PooledClient, protocol: Protocol, request: ChatRequest
) -> "httpx2.Response":
    """Ask, and return the response with its body unread.

    A compatible server that refuses a field of OpenAI's is asked again without it, and the client remembers.
    """
    dialect = pooled.dialect
    for _ in range(MOST_DIALECTS):
        try:
            return await _post(config, pooled, protocol, protocol.body(request, dialect))
        except _Refusal as refusal:
            gentler = protocol.gentler(dialect, refusal.error)
            if gentler is None:
                raise _as_error(config, refusal, request.model) from None
            last, dialect = refusal, gentler
            pooled.dialect = gentler
    raise _as_error(config, last, request.model)


async def list_models(config: ProviderConfig, pooled: PooledClient, protocol: Protocol) -> list[str]:
    """Return the names of all models, sorted, following the pages of Anthropic's list."""
    names: set[str] = set()
    query: Mapping[str, object] = protocol.models_query
    for _ in range(MOST_PAGES):
        try:
            page = await _get(config, pooled, protocol.models_path, query)
        except _Refusal as refusal:
            raise _as_error(config, refusal, "") from None
        names.update(_names(config, page))
        if not page.get("has_more") or not page.get("last_id"):
            break
        query = {**protocol.models_query, "after_id": page["last_id"]}
    return sorted(names)


async def _post(
    config: ProviderConfig, pooled: PooledClient, protocol: Protocol, body: dict[str, Any]
) -> "httpx2.Response":
    import httpx2

    vendor = sdk(config.vendor)
    try:
        return await pooled.sdk.post(
            protocol.chat_path, body=body, cast_to=httpx2.Response, options={"headers": STREAMED}
        )
    except vendor.APIStatusError as error:
        raise _refusal(error.response) from None
    except UnicodeEncodeError:
        raise unusable(config, ErrorKind.BAD_REQUEST, "was not asked: the text holds half a character.") from None
    except (vendor.APIError, *transport_errors()) as error:
        raise from_transport(config, error) from None


async def _get(config: ProviderConfig, pooled: PooledClient, path: str, query: Mapping[str, object]) -> dict[str, Any]:
    import httpx2

    vendor = sdk(config.vendor)
    try:
        response = await pooled.sdk.get(path, cast_to=httpx2.Response, options={"params": query})
    except vendor.APIStatusError as error:
        raise _refusal(error.response) from None
    except (vendor.APIError, *transport_errors()) as error:
        raise from_transport(config, error) from None
    page = _json(response.content)
    return page if isinstance(page, dict) else {}


def _names(config: ProviderConfig, page: Mapping[str, Any]) -> list[str]:
    models = page.get("data", page.get("models", ...))
    if models is ...:
        raise malformed(config, "something else than a list of models")
    return [str(model["id"]) for model in models or () if isinstance(model, dict) and model.get("id")]


def transport_errors() -> tuple[type[Exception], ...]:
    """Return what may be raised while reading: the transport maps some of aiohttp's errors, not all."""
    import aiohttp
    import httpx2

    return (httpx2.HTTPError, httpx2.StreamError, aiohttp.ClientError, OSError)


def _refusal(response: "httpx2.Response") -> _Refusal:
    body = _json(response.content)
    if body is None and "html" not in response.headers.get("content-type", ""):
        body = response.text  # a page of HTML says nothing that a person could read in one line
    return _Refusal(vendor_error(body, response.status_code), response)


def _as_error(config: ProviderConfig, refusal: _Refusal, model: str) -> ProviderError:
    response = refusal.response
    if response.status_code < 400:
        target = urljoin(str(response.request.url), response.headers.get("location", ""))
        return redirected(config, response.status_code, target)
    return from_refusal(config, refusal.error, headers=response.headers, model=model)


def _json(content: bytes) -> Any:
    try:
        return jiter.from_json(content)
    except ValueError:
        return None
