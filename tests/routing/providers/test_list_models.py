"""Listing models, which is also how an administrator checks a key."""

import pytest

from routing.providers import ErrorKind, ProviderError, Vendor
from tests.routing.providers.speech import Speech, provider_at
from tests.routing.providers.wire_server import Line, Request, wire_server


async def test_names_come_sorted_and_once(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(200, {"data": [{"id": "b"}, {"id": "a"}, {"id": "b"}, {"no": "id"}]})

    async with wire_server(answer) as server:
        assert await provider_at(server.url, speech.vendor).list_models() == ["a", "b"]
    assert server.requests[0].path.partition("?")[0] == "/v1/models"


async def test_all_of_anthropics_pages_are_read() -> None:
    async def answer(request: Request, line: Line) -> None:
        if "after_id=claude-b" in request.path:
            await line.status(200, {"data": [{"id": "claude-a"}], "has_more": False, "last_id": "claude-a"})
        else:
            await line.status(200, {"data": [{"id": "claude-b"}], "has_more": True, "last_id": "claude-b"})

    async with wire_server(answer) as server:
        assert await provider_at(server.url, Vendor.ANTHROPIC).list_models() == ["claude-a", "claude-b"]
    assert len(server.requests) == 2


async def test_a_list_that_never_ends_is_left() -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(200, {"data": [{"id": "x"}], "has_more": True, "last_id": "x"})

    async with wire_server(answer) as server:
        assert await provider_at(server.url, Vendor.ANTHROPIC).list_models() == ["x"]


async def test_ollama_without_models_has_none() -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(200, {"object": "list", "data": None})

    async with wire_server(answer) as server:
        assert await provider_at(server.url, Vendor.OPENAI).list_models() == []


@pytest.mark.parametrize("body", ["<html>Hello</html>", {"hello": "there"}])
async def test_something_else_than_a_list_is_an_error(speech: Speech, body: object) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(200, body)

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError, match="base URL") as caught:
            await provider_at(server.url, speech.vendor).list_models()
    assert caught.value.kind is ErrorKind.MALFORMED


async def test_a_refused_key_is_found_out(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(401, {"error": {"message": "no"}})

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError, match="Check the API key of provider 'Main'"):
            await provider_at(server.url, speech.vendor).list_models()


async def test_a_server_that_hangs_does_not_hang_the_page(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.providers.provider.LIST_TIMEOUT", 0.1)

    async def answer(_request: Request, line: Line) -> None:
        await line.gone()

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await provider_at(server.url, speech.vendor).list_models()
    assert caught.value.kind is ErrorKind.TIMEOUT
