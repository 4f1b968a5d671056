"""Every way in which a stream breaks, seen over a real connection, and what the caller is told."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from routing.providers import ErrorKind, ProviderError, StreamEvent, TextDelta, Vendor
from routing.providers.sse import MAX_EVENT_BYTES
from tests.routing.providers.speech import ANTHROPIC, OPENAI, REQUEST, Speech, ask, heard, provider_at
from tests.routing.providers.wire_server import Answer, Line, Request, wire_server

HALF = TextDelta("Half of")


async def break_of(speech: Speech, answer: Answer, **times: float) -> tuple[list[StreamEvent], ProviderError]:
    """Return what was heard before the break, and the break."""
    events: list[StreamEvent] = []
    async with wire_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await heard(provider_at(server.url, speech.vendor, **times), events)
    return events, caught.value


def after_half(speech: Speech, then: Callable[[Line], Awaitable[None]]) -> Answer:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening + speech.delta("Half of"))
        await then(line)

    return answer


async def test_a_cut_connection_is_worth_a_retry(speech: Speech) -> None:
    async def then(line: Line) -> None:
        line.cut()

    events, error = await break_of(speech, after_half(speech, then))
    assert error.kind is ErrorKind.CONNECTION
    assert error.retryable
    assert events in ([HALF], [])  # a reset may overtake what was sent before it


async def test_a_body_that_ends_in_mid_chunk_is_a_broken_connection(speech: Speech) -> None:
    async def then(line: Line) -> None:
        await line.send(b"ff\r\ndata: {")
        line._writer.close()

    events, error = await break_of(speech, after_half(speech, then))
    assert (events, error.kind) == ([HALF], ErrorKind.CONNECTION)


@pytest.mark.parametrize("tail", [b"", b'data: {"type": "content_bl'])
async def test_a_stream_that_ends_early_without_a_sign_is_noticed(speech: Speech, tail: bytes) -> None:
    async def then(line: Line) -> None:
        if tail:
            await line.piece(tail)
        await line.end()

    events, error = await break_of(speech, after_half(speech, then))
    assert (events, error.kind, error.retryable) == ([HALF], ErrorKind.TRUNCATED, True)


async def test_done_without_a_reason_to_stop_is_no_end() -> None:
    async def then(line: Line) -> None:
        await line.piece(OPENAI.last_word)
        await line.end()

    assert (await break_of(OPENAI, after_half(OPENAI, then)))[1].kind is ErrorKind.TRUNCATED


@pytest.mark.parametrize(
    "chunk",
    [
        b"data: {not json}\n\n",
        b"data: [1]\n\n",
        b'data: "\xff"\n\n',
        b"data: " + b"[" * 5000 + b"\n\n",
        b'data: {"type":"content_block_delta","choices":[{"delta":{"content":5}}]}\n\n',
    ],
)
async def test_a_malformed_chunk_comes_after_what_was_heard_before_it(speech: Speech, chunk: bytes) -> None:
    async def then(line: Line) -> None:
        await line.piece(speech.delta(" an answer") + chunk + speech.delta("never"))
        await line.gone()

    events, error = await break_of(speech, after_half(speech, then))
    assert (events, error.kind) == ([HALF, TextDelta(" an answer")], ErrorKind.MALFORMED)
    assert error.retryable


async def test_an_endless_line_is_cut_off(speech: Speech) -> None:
    async def then(line: Line) -> None:
        for _ in range(MAX_EVENT_BYTES // 65536 + 1):
            await line.piece(b"x" * 65536)
        await line.gone()

    events, error = await break_of(speech, after_half(speech, then))
    assert (events, error.kind) == ([HALF], ErrorKind.MALFORMED)


async def test_an_error_in_mid_stream_is_the_vendors(speech: Speech) -> None:
    async def then(line: Line) -> None:
        await line.piece(speech.error)
        await line.end()

    events, error = await break_of(speech, after_half(speech, then))
    assert (events, error.kind, error.retryable) == ([HALF], ErrorKind.OVERLOADED, True)
    assert "overloaded" in str(error)


async def test_a_stall_in_mid_answer_is_noticed_in_time(speech: Speech) -> None:
    start = time.monotonic()
    events, error = await break_of(speech, after_half(speech, Line.gone), stall_timeout=0.2)
    assert (events, error.kind, error.retryable) == ([HALF], ErrorKind.STALLED, True)
    assert 0.2 <= time.monotonic() - start < 15


def repeat(data: bytes) -> Callable[[Line], Awaitable[None]]:
    async def then(line: Line) -> None:
        while True:  # until the client hangs up
            await line.piece(data)
            await asyncio.sleep(0.02)

    return then


async def test_comment_lines_do_not_hide_a_stall(speech: Speech) -> None:
    answer = after_half(speech, repeat(b": still here\n\n"))
    assert (await break_of(speech, answer, stall_timeout=0.2))[1].kind is ErrorKind.STALLED


async def test_anthropics_pings_hold_off_a_stall() -> None:
    async def then(line: Line) -> None:
        for _ in range(25):
            await line.piece(ANTHROPIC.ping)
            await asyncio.sleep(0.03)
        await line.piece(ANTHROPIC.ending)
        await line.end()

    async with wire_server(after_half(ANTHROPIC, then)) as server:
        text, _ = await ask(provider_at(server.url, Vendor.ANTHROPIC, stall_timeout=0.5))
    assert text == "Half of"


async def test_pings_alone_do_not_hold_a_turn_forever() -> None:
    answer = after_half(ANTHROPIC, repeat(ANTHROPIC.ping))
    _, error = await break_of(ANTHROPIC, answer, stall_timeout=0.2, first_token_timeout=0.5)
    assert error.kind is ErrorKind.STALLED


async def test_a_first_token_that_never_comes_is_a_timeout(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening)
        await repeat(speech.ping or b": wait\n\n")(line)

    events, error = await break_of(speech, answer, first_token_timeout=0.3, stall_timeout=0.1)
    assert (events, error.kind, error.retryable) == ([], ErrorKind.TIMEOUT, True)
    assert "0.3 s" in str(error)


async def test_headers_that_never_come_are_a_timeout_too(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.gone()

    _, error = await break_of(speech, answer, first_token_timeout=0.2)
    assert error.kind is ErrorKind.TIMEOUT


async def test_a_slow_consumer_is_not_the_providers_stall(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("One"), speech.delta(" two"), speech.ending)

    texts = []
    async with wire_server(answer) as server:
        provider = provider_at(server.url, speech.vendor, stall_timeout=0.1, first_token_timeout=0.2)
        async with provider.stream(REQUEST) as events:
            async for event in events:
                await asyncio.sleep(0.15)  # longer than the provider may take
                texts.append(event.text if isinstance(event, TextDelta) else "")
    assert texts == ["One", " two", ""]


async def test_a_long_answer_may_take_longer_than_its_first_token(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        for _ in range(20):
            await line.piece(speech.delta("word "))
            await asyncio.sleep(0.03)
        await line.piece(speech.ending)
        await line.end()

    async with wire_server(answer) as server:
        text, _ = await ask(provider_at(server.url, speech.vendor, first_token_timeout=0.4, stall_timeout=0.4))
    assert text == "word " * 20


async def test_a_web_page_instead_of_a_stream_is_named(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin(content_type="text/html")
        await line.piece(b"<html>Welcome to the hotel's network</html>")
        await line.end()

    _, error = await break_of(speech, answer)
    assert error.kind is ErrorKind.MALFORMED
    assert "text/html" in str(error)
    assert "base URL" in str(error)


async def test_a_server_that_does_not_speak_http_is_a_broken_connection(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.send(b"220 mail.example ESMTP\r\n\r\n")
        line._writer.close()

    assert (await break_of(speech, answer))[1].kind is ErrorKind.CONNECTION


async def test_a_server_that_hangs_up_before_its_headers_is_a_broken_connection(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        line._writer.close()

    _, error = await break_of(speech, answer)
    assert (error.kind, error.retryable) == (ErrorKind.CONNECTION, True)
