"""Valkey away, providers that refuse: nothing accepted is lost, and the cause is told where it can be mended."""

import asyncio
import time

import pytest

from tests.chat import Chat

pytestmark = pytest.mark.chaos


async def test_a_message_accepted_while_valkey_is_away_is_answered_when_it_is_back(live_stack):
    live_stack.simulator.set(reply="Here again")
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        await chat.wait_for("snapshot")
        with live_stack.without_valkey() as revive:
            response = await chat.post(
                {"type": "message", "id": "5a0bb2f4-7d52-4b4a-8f9b-4f25d1c54a51", "text": "Hello?"}
            )
            assert (response.status_code, response.json()["type"]) == (202, "ack")
            ack = response.json()
            turn = "SELECT state FROM conversations_turn WHERE id = %s"
            assert live_stack.rows(turn, ack["turn"]) == [("queued",)]
            revive()
        assert (await chat.answer(ack, patience=60))["text"] == "Here again"
        assert ("contact", "Hello?") in chat.seen.texts()


async def test_a_frozen_valkey_delays_a_socket_and_a_message_but_loses_neither(live_stack):
    live_stack.simulator.set(reply="Here again")
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        await chat.wait_for("snapshot")
        with live_stack.frozen_valkey():
            ack = await chat.say("Hello?")
        assert (await chat.answer(ack, patience=60))["text"] == "Here again"


async def test_an_answer_under_way_when_valkey_restarts_arrives(live_stack):
    text = "\n\n".join(f"Paragraph {number} takes its time to be read." for number in range(20))
    live_stack.simulator.set(reply=text, tokens_per_second=100)
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        with live_stack.without_valkey():
            await asyncio.sleep(0.5)
        assert (await chat.answer(ack, patience=60))["text"] == text
        rows = live_stack.rows("SELECT text FROM conversations_message WHERE turn_id = %s", ack["turn"])
        assert rows == [(text,)]


async def test_polls_end_in_time_while_valkey_is_away(live_stack):
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        with live_stack.without_valkey():
            began = time.monotonic()
            response = await chat._http.get(
                f"{chat.base}/api/v1/conversations/{chat.conversation}/events",
                params={"wait": "1"},
                headers=chat.headers,
            )
            assert time.monotonic() - began < 15
            assert response.status_code in {200, 503}
            assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("site", "kind", "hint"), [("refused", "auth", "key"), ("unknown", "not_found", "model-that-is-not")]
)
async def test_where_the_sites_model_cannot_answer_another_does_and_the_admin_is_told_why(live_stack, site, kind, hint):
    live_stack.simulator.set(reply="From another model")
    async with Chat(live_stack.web[0].url, site) as chat:
        await chat.open()
        await chat.connect()
        assert (await chat.answer(await chat.say("Hello")))["text"] == "From another model"
        query = (
            "SELECT last_error FROM routing_provider p JOIN routing_model m ON m.provider_id = p.id "
            "JOIN routing_sitemodel s ON s.model_id = m.id JOIN people_site t ON t.id = s.site_id "
            "WHERE t.key = %s AND last_error <> ''"
        )
        [told] = live_stack.wait_for_row(query, site)
        assert hint in told


@pytest.mark.parametrize(
    ("settings", "kind", "hint"),
    [
        ({"api_keys": ["another"]}, "auth", "key"),
        ({"models": ["another"], "api_keys": None}, "not_found", "does not exist"),
    ],
)
async def test_where_no_model_can_answer_the_visitor_gets_an_apology_and_the_admin_the_reason(
    live_stack, settings, kind, hint
):
    live_stack.simulator.set(**settings)
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Hello")
        failed = await chat.wait_for("failed", turn=ack["turn"])
        assert failed["code"] == kind
        assert "person" in failed["message"]
        assert hint not in failed["message"]
        query = "SELECT state, error, error_detail FROM conversations_turn WHERE id = %s"
        [(state, error, detail)] = live_stack.rows(query, ack["turn"])
        assert (state, error) == ("failed", kind)
        assert hint in detail
        assert "sk-" not in detail
        live_stack.simulator.reset()
        live_stack.mend_models()
        await chat.answer(await chat.say("Hello again"))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500}, {"kind": "status", "status": 529}, {"kind": "cut", "after": 5},
        {"kind": "truncate", "after": 5}, {"kind": "malformed", "after": 5}, {"kind": "error_event", "after": 5},
        {"kind": "stall", "after": 5, "seconds": 60},
        {"kind": "status", "status": 429, "retry_after": 0.2},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)  # fmt: skip
async def test_a_passing_fault_of_the_provider_still_ends_in_one_whole_answer(live_stack, fault):
    text = "One sentence of the answer. " * 10
    live_stack.simulator.set(reply=text.strip())
    live_stack.simulator.fault(**fault)
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        assert (await chat.answer(await chat.say("Hello")))["text"] == text.strip()
    assert live_stack.simulator.stats()["faults_used"] == {fault["kind"]: 1}


@pytest.mark.slow  # half a minute of two cores
async def test_two_hundred_visitors_at_once_do_not_exhaust_postgres(live_stack):
    live_stack.simulator.set(reply="Hello to you")
    most = 0

    async def visit(number):
        async with Chat(live_stack.web[number % 2].url) as chat:
            await chat.open()
            if number % 8 == 0:
                await chat.say(f"I am visitor {number}")
            return [event["type"] for event in await chat.poll()]

    async def watch():
        nonlocal most
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        while True:
            [(found,)] = await asyncio.to_thread(live_stack.rows, query, live_stack.database)
            most = max(most, found)
            await asyncio.sleep(0.1)

    watcher = asyncio.create_task(watch())
    assert await asyncio.gather(*[visit(number) for number in range(200)]) == [["snapshot"]] * 200
    watcher.cancel()
    # Two pools of 8 in each of two web servers and two workers, two workers' leases, and the one that counts.
    assert 10 < most <= 4 * 2 * 8 + 2 + 1
    last = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM conversations_turn WHERE state IN ('queued', 'running'))"
    live_stack.wait_for_row(last, patience=60)
    failed = (
        "SELECT t.error FROM conversations_turn t JOIN conversations_message m ON m.id = t.message_id "
        "WHERE m.text LIKE 'I am visitor %%' AND t.state <> 'answered'"
    )
    assert live_stack.rows(failed) == []
