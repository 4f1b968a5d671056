"""How connections are kept, shared and closed, seen from the server's side."""

import asyncio
import contextlib
import logging
import subprocess
import sys
import threading

import pytest

from routing.providers import TextDelta, close_clients
from routing.providers.clients import client_for
from routing.providers.types import ProviderConfig, Vendor
from tests.routing.providers.speech import KEY, OPENAI, REQUEST, Speech, ask, provider_at
from tests.routing.providers.wire_server import DEADLINE, Answer, Line, Request, WireServer, wire_server


def whole_answer(speech: Speech) -> Answer:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)

    return answer


def half_answer(speech: Speech) -> Answer:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening + speech.delta("Half"))
        await line.gone()

    return answer


async def hung_up(server: WireServer) -> bool:
    async with asyncio.timeout(DEADLINE):
        return await server.hung_up.wait()


async def test_consecutive_requests_share_one_connection(speech: Speech) -> None:
    async with wire_server(whole_answer(speech)) as server:
        for _ in range(5):
            await ask(provider_at(server.url, speech.vendor))  # a new Provider object each time
    assert (len(server.requests), server.connections) == (5, 1)


async def test_a_consumer_that_stops_at_the_end_leaves_the_connection_usable(speech: Speech) -> None:
    leaving = asyncio.Event()

    async def answer(_request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening + speech.delta("Yes.") + speech.ending)
        await leaving.wait()
        leaving.clear()
        await line.end()

    async with wire_server(answer) as server:
        for _ in range(3):
            async with provider_at(server.url, speech.vendor).stream(REQUEST) as events:
                async for event in events:
                    if not isinstance(event, TextDelta):
                        leaving.set()
                        break
    assert (len(server.requests), server.connections) == (3, 1)


async def test_a_refusal_leaves_the_connection_usable(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(529, {"error": {"message": "Overloaded"}})

    async with wire_server(answer) as server:
        for _ in range(3):
            with contextlib.suppress(Exception):
                await ask(provider_at(server.url, speech.vendor))
    assert (len(server.requests), server.connections) == (3, 1)


async def test_a_connection_that_the_server_closed_in_between_is_replaced(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)
        line._writer.close()

    async with wire_server(answer) as server:
        await ask(provider_at(server.url, speech.vendor))
        await hung_up(server)
        for _ in range(5):
            await asyncio.sleep(0)  # the loop must have looked at this side's socket too
        await ask(provider_at(server.url, speech.vendor))
    assert server.connections == 2


async def test_leaving_early_closes_the_stream_at_once(speech: Speech) -> None:
    async with wire_server(half_answer(speech)) as server:
        async with provider_at(server.url, speech.vendor).stream(REQUEST) as events:
            assert await anext(events) == TextDelta("Half")
        assert await hung_up(server)


async def test_leaving_without_reading_closes_the_stream_too(speech: Speech) -> None:
    async with wire_server(half_answer(speech)) as server:
        async with provider_at(server.url, speech.vendor).stream(REQUEST):
            pass
        assert await hung_up(server)


async def test_cancelling_the_consumer_closes_the_stream_at_once(speech: Speech) -> None:
    heard = asyncio.Event()

    async def consume(url: str) -> None:
        async with provider_at(url, speech.vendor).stream(REQUEST) as events:
            async for _ in events:
                heard.set()

    async with wire_server(half_answer(speech)) as server:
        task = asyncio.create_task(consume(server.url))
        await heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await hung_up(server)


async def test_cancelling_before_the_first_byte_closes_the_connection(speech: Speech) -> None:
    asked = asyncio.Event()

    async def answer(_request: Request, line: Line) -> None:
        asked.set()
        await line.gone()

    async with wire_server(answer) as server:
        task = asyncio.create_task(ask(provider_at(server.url, speech.vendor)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await hung_up(server)


async def test_a_failing_consumer_closes_the_stream_and_keeps_its_own_error(speech: Speech) -> None:
    async def consume(url: str) -> None:
        async with provider_at(url, speech.vendor).stream(REQUEST) as events:
            async for _ in events:
                raise ZeroDivisionError

    async with wire_server(half_answer(speech)) as server:
        with pytest.raises(ZeroDivisionError):
            await consume(server.url)
        assert await hung_up(server)


async def test_closing_the_clients_closes_their_connections_and_new_ones_can_follow(speech: Speech) -> None:
    async with wire_server(whole_answer(speech)) as server:
        await ask(provider_at(server.url, speech.vendor))
        await close_clients()
        assert await hung_up(server)
        await ask(provider_at(server.url, speech.vendor))
    assert server.connections == 2


async def test_each_loop_has_its_own_client(speech: Speech) -> None:
    async with wire_server(whole_answer(speech)) as server:

        async def in_another_loop() -> None:
            await ask(provider_at(server.url, speech.vendor))
            await close_clients()

        await ask(provider_at(server.url, speech.vendor))
        thread = threading.Thread(target=lambda: asyncio.run(in_another_loop()))
        thread.start()
        await asyncio.to_thread(thread.join)
        await ask(provider_at(server.url, speech.vendor))
    assert (len(server.requests), server.connections) == (3, 2)


async def test_clients_of_old_settings_are_closed_but_not_while_in_use(
    speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.providers.clients.MAX_CLIENTS", 2)
    async with (
        wire_server(half_answer(speech)) as busy,
        wire_server(whole_answer(speech)) as server,
        provider_at(busy.url, speech.vendor).stream(REQUEST) as events,
    ):
        for number in range(4):
            await ask(provider_at(server.url, speech.vendor, key=f"key-{number}"))
        assert await hung_up(server)
        assert await anext(events) == TextDelta("Half")
        assert not busy.hung_up.is_set()


@pytest.mark.parametrize("vendor", list(Vendor))
async def test_the_environment_does_not_redirect_the_vendors_own_address(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://elsewhere.example")
    async with client_for(ProviderConfig(vendor, KEY)) as pooled:
        assert pooled.sdk.base_url.host == f"api.{vendor}.com"


async def test_openais_organisation_is_not_told_to_other_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "ours-alone")
    async with wire_server(whole_answer(OPENAI)) as server:
        await ask(provider_at(server.url, Vendor.OPENAI))
    assert "ours-alone" not in str(server.requests[0].headers)


async def test_proxies_of_the_environment_are_not_asked_for_a_server_on_this_machine(
    speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with wire_server(whole_answer(speech)) as server:
        assert (await ask(provider_at(server.url, speech.vendor)))[0] == "Yes."


async def test_nothing_of_a_request_is_logged_even_at_debug(speech: Speech, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with wire_server(whole_answer(speech)) as server:
        await ask(provider_at(server.url, speech.vendor))
    assert KEY not in caplog.text
    assert REQUEST.system not in caplog.text


def test_importing_the_package_imports_no_sdk() -> None:
    code = "import sys, routing.providers; sys.exit(bool({'openai', 'anthropic', 'django'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_the_sdk_that_a_provider_needs_is_imported() -> None:
    code = (
        "import sys; from routing.providers import Vendor, warm_up; warm_up([Vendor.OPENAI]);"
        "sys.exit(sorted({'openai', 'anthropic'} & set(sys.modules)) != ['openai'])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
