"""Whole answers over a real connection, however they are cut, encoded and ended."""

import asyncio
import gzip

import pytest

from routing.providers import ChatMessage, ChatRequest, FinishReason, TextDelta, Usage, Vendor
from tests.routing.providers.recorded import recording
from tests.routing.providers.speech import KEY, REQUEST, Speech, ask, provider_at
from tests.routing.providers.wire_server import DEADLINE, Line, Request, wire_server


async def test_an_answer_arrives_with_its_usage(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("In two"), speech.delta(" days."), speech.ending)

    async with wire_server(answer) as server:
        text, finished = await ask(provider_at(server.url, speech.vendor))
    assert text == "In two days."
    assert (finished.reason, finished.usage) == (FinishReason.STOP, Usage(9, 0, 4))


async def test_each_piece_of_text_is_there_as_soon_as_it_is_sent(speech: Speech) -> None:
    heard_first = asyncio.Event()

    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening + speech.delta("First"))
        async with asyncio.timeout(DEADLINE):
            await heard_first.wait()
        await line.piece(speech.ending)
        await line.end()

    async with (
        wire_server(answer) as server,
        provider_at(server.url, speech.vendor).stream(REQUEST) as events,
    ):
        assert await anext(events) == TextDelta("First")
        heard_first.set()
        assert [type(event).__name__ async for event in events] == ["Finished"]


@pytest.mark.parametrize("name", ["anthropic_answer", "openai_answer"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
async def test_a_recorded_answer_survives_small_packets_and_both_line_ends(name: str, line_end: bytes) -> None:
    stream = recording(name).replace(b"\n", line_end)

    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        for at in range(0, len(stream), 5):
            await line.piece(stream[at : at + 5])
        await line.end()

    async with wire_server(answer) as server:
        text, finished = await ask(provider_at(server.url, Vendor(name.removesuffix("_answer"))))
    assert text == "Parcels arrive in two days – guaranteed ✓."
    assert finished.usage is not None
    assert finished.usage.input_tokens == 1201


async def test_a_compressed_stream_is_read_all_the_same(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin(extra="content-encoding: gzip\r\n")
        await line.piece(gzip.compress(speech.opening + speech.delta("Yes.") + speech.ending))
        await line.end()

    async with wire_server(answer) as server:
        assert (await ask(provider_at(server.url, speech.vendor)))[0] == "Yes."


async def test_an_answer_without_usage_says_that_it_is_unknown() -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(recording("anthropic_no_usage"))

    async with wire_server(answer) as server:
        text, finished = await ask(provider_at(server.url, Vendor.ANTHROPIC))
    assert (text, finished.usage) == ("From an imitator.", None)


async def test_a_server_may_forget_its_last_word(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.delta("Yes."), speech.reason + speech.usage)

    async with wire_server(answer) as server:
        text, finished = await ask(provider_at(server.url, speech.vendor))
    assert (text, finished.reason) == ("Yes.", FinishReason.STOP)


async def test_a_server_may_forget_the_blank_line_at_the_end(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.delta("Yes."), speech.reason.rstrip())

    async with wire_server(answer) as server:
        assert (await ask(provider_at(server.url, speech.vendor)))[1].reason is FinishReason.STOP


@pytest.mark.parametrize("ending", ["cut", "error", "silence", "garbage"])
async def test_nothing_that_follows_the_whole_text_can_spoil_it(
    speech: Speech, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.providers.reading.CLOSING_TIME", 0.1)

    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening + speech.delta("Yes.") + speech.reason)
        if ending == "cut":
            line.cut()
        elif ending == "silence":
            await line.gone()
        else:
            await line.piece(speech.error if ending == "error" else b"data: {\n\n")
            await line.end()

    async with wire_server(answer) as server:
        text, finished = await ask(provider_at(server.url, speech.vendor))
    assert (text, finished.reason) == ("Yes.", FinishReason.STOP)


async def test_the_request_carries_key_and_body_in_the_vendors_form(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)

    async with wire_server(answer) as server:
        await ask(provider_at(server.url, speech.vendor))
    [request] = server.requests
    path = "/v1/messages" if speech.vendor is Vendor.ANTHROPIC else "/v1/chat/completions"
    assert (request.method, request.path) == ("POST", path)
    assert KEY in {request.headers.get("x-api-key"), request.headers.get("authorization", "")[7:]}
    assert request.json()["max_tokens"] == 50
    assert request.json()["stream"] is True


async def test_many_answers_at_once_do_not_mix(speech: Speech) -> None:
    async def answer(request: Request, line: Line) -> None:
        name = request.json()["messages"][-1]["content"]
        await line.begin()
        for piece in (speech.opening, speech.delta(name), speech.delta("!"), speech.ending):
            await line.piece(piece)
            await asyncio.sleep(0)
        await line.end()

    async with wire_server(answer) as server:
        provider = provider_at(server.url, speech.vendor)
        asked = [ChatRequest("m", "", (ChatMessage("user", f"n{i}"),), 9) for i in range(50)]
        answers = await asyncio.gather(*(ask(provider, request) for request in asked))
    assert [text for text, _ in answers] == [f"n{i}!" for i in range(50)]
