"""Requests that a provider refuses, and settings that cannot work: what the administrator reads."""

import asyncio
import socket
import traceback

import pytest

from routing.providers import (
    ChatMessage,
    ChatRequest,
    ErrorKind,
    ProviderConfig,
    ProviderError,
    Vendor,
    provider_for,
)
from tests.routing.providers.speech import KEY, OPENAI, Speech, ask, provider_at
from tests.routing.providers.wire_server import Line, Request, wire_server


async def refusal_of(speech: Speech, code: int, body: object = "", headers: str = "") -> ProviderError:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(code, body, headers)

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(server.url, speech.vendor))
    assert len(server.requests) == 1, "the SDK must not try again by itself"
    return caught.value


def error(message: str, type_: str = "some_error") -> dict[str, object]:
    return {"type": "error", "error": {"type": type_, "message": message}}


async def test_a_refused_key_says_whose_and_where(speech: Speech) -> None:
    found = await refusal_of(speech, 401, error("invalid x-api-key", "authentication_error"))
    assert (found.kind, found.status, found.retryable, found.permanent) == (ErrorKind.AUTH, 401, False, True)
    assert "refused the API key (401)" in str(found)
    assert "provider 'Main'" in str(found)


async def test_an_unknown_model_is_named(speech: Speech) -> None:
    found = await refusal_of(speech, 404, error("model: some-model", "not_found_error"))
    assert (found.kind, found.permanent) == (ErrorKind.NOT_FOUND, True)
    assert "Model 'some-model' does not exist" in str(found)


async def test_a_wrong_path_speaks_of_the_base_url_not_of_the_model(speech: Speech) -> None:
    found = await refusal_of(speech, 404, "<html>404 page not found</html>")
    assert found.kind is ErrorKind.NOT_FOUND
    assert "/v1" in str(found)
    assert "html" not in str(found)


async def test_a_rate_limit_says_how_long_to_wait(speech: Speech) -> None:
    found = await refusal_of(speech, 429, error("slow down", "rate_limit_error"), "retry-after: 12\r\n")
    assert (found.kind, found.retry_after, found.retryable) == (ErrorKind.RATE_LIMITED, 12.0, True)


async def test_a_rate_limit_falls_back_on_the_reset_headers(speech: Speech) -> None:
    headers = "X-RateLimit-Remaining-Tokens: 0\r\nX-RateLimit-Reset-Tokens: 1m30s\r\n"
    assert (await refusal_of(speech, 429, error("slow down"), headers)).retry_after == pytest.approx(90)


async def test_an_empty_account_is_neither_retried_nor_called_permanent() -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    found = await refusal_of(OPENAI, 429, body)
    assert (found.kind, found.retryable, found.permanent) == (ErrorKind.QUOTA, False, False)
    assert "credit" in str(found)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (529, ErrorKind.OVERLOADED),
        (503, ErrorKind.OVERLOADED),
        (500, ErrorKind.SERVER),
        (502, ErrorKind.SERVER),
    ],
)
async def test_a_provider_in_trouble_is_worth_a_retry(speech: Speech, code: int, kind: ErrorKind) -> None:
    found = await refusal_of(speech, code, "<html>Bad gateway</html>")
    assert (found.kind, found.status, found.retryable) == (kind, code, True)


async def test_a_vendors_words_are_short_one_line_and_without_the_key(speech: Speech) -> None:
    found = await refusal_of(speech, 400, error(f"bad key {KEY}\nand\tthis: " + "blah " * 200))
    assert found.kind is ErrorKind.BAD_REQUEST
    assert "bad key [API key] and this: blah" in str(found)
    assert len(str(found)) < 600
    assert "\n" not in str(found)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 429, 500])
async def test_the_key_is_in_no_message_and_no_traceback(speech: Speech, code: int) -> None:
    found = await refusal_of(speech, code, error(f"The key {KEY} is not welcome"))
    shown = "".join(traceback.format_exception(found)) + repr(found)
    assert KEY not in shown
    assert KEY not in repr(ProviderConfig(Vendor.OPENAI, KEY))


async def test_a_redirect_to_another_server_is_not_followed(speech: Speech) -> None:
    async def elsewhere(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Your key, please"), speech.ending)

    async with wire_server(elsewhere) as other:
        found = await refusal_of(speech, 307, "", f"location: {other.url}/messages\r\n")
        assert other.requests == []
    assert found.kind is ErrorKind.BAD_REQUEST
    assert other.url.split("/")[2] in str(found)


async def test_a_strict_server_is_asked_again_without_what_it_refused_and_remembered() -> None:
    async def answer(request: Request, line: Line) -> None:
        if "stream_options" in request.json():
            await line.status(422, {"detail": "stream_options: Extra inputs are not permitted"})
        else:
            await line.whole(OPENAI.opening, OPENAI.delta("Yes."), OPENAI.reason, OPENAI.last_word)

    async with wire_server(answer) as server:
        provider = provider_at(server.url, Vendor.OPENAI)
        answers = [await ask(provider), await ask(provider)]
    assert [(text, finished.usage) for text, finished in answers] == [("Yes.", None)] * 2
    assert ["stream_options" in request.json() for request in server.requests] == [True, False, False]


async def test_a_server_that_refuses_every_dialect_is_not_asked_forever() -> None:
    async def answer(request: Request, line: Line) -> None:
        names = "stream_options max_tokens max_completion_tokens"
        await line.status(400, {"error": {"message": f"unsupported: {names}"}})

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(server.url, Vendor.OPENAI))
    assert caught.value.kind is ErrorKind.BAD_REQUEST
    assert len(server.requests) == 3


async def test_a_server_of_ones_own_needs_no_key(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)

    async with wire_server(answer) as server:
        assert (await ask(provider_at(server.url, speech.vendor, key="")))[0] == "Yes."


async def test_white_space_around_a_pasted_key_does_no_harm(speech: Speech) -> None:
    async def answer(request: Request, line: Line) -> None:
        sent = request.headers.get("x-api-key") or request.headers["authorization"].removeprefix("Bearer ")
        assert sent == KEY
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)

    async with wire_server(answer) as server:
        await ask(provider_at(server.url, speech.vendor, key=f" {KEY}\r\n"))


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "null\x00"])
async def test_a_key_that_no_header_can_carry_is_refused_unshown(speech: Speech, key: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(provider_at("http://127.0.0.1:9/v1", speech.vendor, key=key))
    assert caught.value.kind is ErrorKind.AUTH
    assert key not in str(caught.value)


async def test_the_vendor_itself_is_not_asked_without_a_key(speech: Speech) -> None:
    with pytest.raises(ProviderError, match="Provider 'Main' has no API key") as caught:
        await ask(provider_for(ProviderConfig(speech.vendor, "  ", name="Main")))
    assert caught.value.kind is ErrorKind.AUTH


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://host/v1",
        "http://",
        "http://host:99999/v1",
        "http://[x/v1",
        "http://user:hidden@host/v1",
    ],
)
async def test_a_base_url_that_is_none_is_refused(speech: Speech, url: str) -> None:
    with pytest.raises(ProviderError, match="https://host/v1") as caught:
        await ask(provider_at(url, speech.vendor))
    assert "hidden" not in str(caught.value)
    assert (caught.value.kind, caught.value.permanent) == (ErrorKind.BAD_REQUEST, True)


async def test_a_port_where_nothing_listens_is_named(speech: Speech) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(f"http://127.0.0.1:{port}/v1", speech.vendor))
    assert (caught.value.kind, caught.value.retryable) == (ErrorKind.CONNECTION, True)
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "nothing listens" in str(caught.value)


async def test_a_connection_that_is_never_accepted_times_out(speech: Speech) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(url, speech.vendor, connect_timeout=0.2))
    assert (caught.value.kind, caught.value.retryable) == (ErrorKind.TIMEOUT, True)


async def test_https_to_a_server_without_it_is_called_insecure(speech: Speech) -> None:
    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as plain:
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/v1", speech.vendor))
    assert caught.value.kind is ErrorKind.CONNECTION
    assert "no secure connection" in str(caught.value)


async def test_half_a_character_in_the_text_is_a_bad_request(speech: Speech) -> None:
    broken = ChatRequest("m", "", (ChatMessage("user", "\ud83d"),), 5)
    with pytest.raises(ProviderError) as caught:
        await ask(provider_at("http://127.0.0.1:9/v1", speech.vendor), broken)
    assert caught.value.kind is ErrorKind.BAD_REQUEST
