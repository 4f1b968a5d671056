"""Calls over a provider's pooled SDK client that are no streamed answers: JSON, files, and results line by line."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urljoin

import jiter

from routing.providers import ProviderConfig, ProviderError, failures
from routing.providers.classify import vendor_error
from routing.providers.clients import client_for
from routing.providers.exchange import transport_errors
from routing.providers.sdk import sdk

CALL_SECONDS, SEND_SECONDS, LINE_SECONDS = 30.0, 300.0, 60.0
LONGEST_LINE = 64 * 2**20
_STREAM = {"X-Stainless-Raw-Response": "stream", "Accept": "application/binary"}


class Caller:
    """Calls to one provider; every failure is a ProviderError. Holds no connection itself."""

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config

    async def get(self, path: str, query: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The JSON object at a path."""
        return await self._call("get", path, options={"params": dict(query or {})})

    async def post(self, path: str, body: object = None) -> dict[str, Any]:
        """Send JSON."""
        return await self._call("post", path, body=body)

    async def send_json(self, path: str, content: bytes) -> dict[str, Any]:
        """Send much JSON, ready made: the SDK would hold up the loop with making it."""
        form = {"headers": {"Content-Type": "application/json"}}
        return await self._call("post", path, seconds=SEND_SECONDS, content=content, options=form)

    async def send_file(self, path: str, name: str, content: bytes, fields: Mapping[str, str]) -> dict[str, Any]:
        """Send a form with one file."""
        form = {"headers": {"Content-Type": "multipart/form-data"}}
        files = [("file", (name, content, "application/jsonl"))]
        return await self._call("post", path, seconds=SEND_SECONDS, body=dict(fields), files=files, options=form)

    async def delete(self, path: str) -> None:
        """Delete what is there."""
        await self._call("delete", path)

    @asynccontextmanager
    async def lines(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The lines of a file, as they come. Raises ProviderError on entering and while reading."""
        import httpx2

        async with client_for(self.config) as pooled:
            with self._translated():
                async with asyncio.timeout(CALL_SECONDS):
                    response: Any = await pooled.sdk.get(path, cast_to=httpx2.Response, options={"headers": _STREAM})
            try:
                yield self._split(response)
            finally:
                await response.aclose()

    async def _split(self, response: Any) -> AsyncIterator[bytes]:
        rest, chunks = b"", response.aiter_bytes()
        while chunk := await self._next(chunks):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line
            if len(rest) > LONGEST_LINE:
                raise failures.malformed(self.config, "an endless line")
        if rest:
            yield rest

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes:
        with self._translated():
            async with asyncio.timeout(LINE_SECONDS):
                return await anext(chunks, b"")

    async def _call(self, method: str, path: str, *, seconds: float = CALL_SECONDS, **given: Any) -> dict[str, Any]:
        import httpx2

        async with client_for(self.config) as pooled:
            with self._translated():
                async with asyncio.timeout(seconds):
                    response: Any = await getattr(pooled.sdk, method)(path, cast_to=httpx2.Response, **given)
        found = read_json(response.content)
        if not isinstance(found, dict):
            raise failures.malformed(self.config, "something else than a JSON object")
        return found

    @contextmanager
    def _translated(self) -> Iterator[None]:
        vendor = sdk(self.config.vendor)
        try:
            yield
        except vendor.APIStatusError as error:
            raise self._refusal(error.response) from None
        except (vendor.APIError, *transport_errors()) as error:
            raise failures.from_transport(self.config, error) from None

    def _refusal(self, response: Any) -> ProviderError:
        if response.status_code < 400:
            target = urljoin(str(response.request.url), response.headers.get("location", ""))
            return failures.redirected(self.config, response.status_code, target)
        body = read_json(response.content)
        error = vendor_error("" if body is None else body, response.status_code)
        return failures.from_refusal(self.config, error, headers=response.headers)


def read_json(content: bytes) -> Any:
    """The value, or None when it is no JSON."""
    try:
        return jiter.from_json(content)
    except ValueError:
        return None
