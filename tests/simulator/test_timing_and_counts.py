"""When an answer comes, and what is remembered of it."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from simulator import Simulator
from tests.simulator.asking import KEY, ask_claude, ask_gpt, stream_claude, stream_gpt


async def wait_for(condition: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not become true in time"
        await asyncio.sleep(0.005)


def recent(sim: Simulator) -> list[Any]:
    return list(sim.stats()["recent"])


async def test_the_first_token_and_the_speed_are_as_set(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(time_to_first_token=0.2, tokens_per_second=100, output_tokens=41)
    began = time.monotonic()
    stream = await ask_claude(claude, stream=True)
    times = [time.monotonic() - began async for event in stream if event.type == "content_block_delta"]
    # From the beginning, not from the first token: a client that is late for that one is early for none.
    early = [number for number, seen in enumerate(times) if seen < 0.2 + number / 100 - 0.01]
    assert (len(times), early) == (41, [])
    assert times[-1] < 10
    [record] = recent(sim)
    assert 0.19 < record["first_chunk_monotonic"] - record["arrived_monotonic"] < 10
    assert abs(record["first_chunk_wall"] - time.time()) < 15


async def test_an_answer_in_one_piece_takes_as_long_as_its_stream(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(time_to_first_token=0.1, tokens_per_second=100, output_tokens=20)
    began = time.monotonic()
    await ask_gpt(gpt)
    assert 0.29 < time.monotonic() - began < 10


async def test_fast_chunks_travel_together(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(tokens_per_second=1000, output_tokens=200, write_interval=0.02)
    assert len(await stream_gpt(gpt)) == 203
    assert 1 <= sim.stats()["writes"] <= 12


async def test_a_model_can_differ_from_the_others(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(per_model={"small": {"reply": "short", "requests_per_minute": 1}})
    assert (await ask_gpt(gpt, model="small")).choices[0].message.content == "short"
    assert (await ask_gpt(gpt, model="large")).choices[0].message.content != "short"


async def test_a_reply_can_hold_the_question(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(reply="<{message}>", time_to_first_token=0)
    assert (await ask_gpt(gpt, "a {b} c")).choices[0].message.content == "<a {b} c>"
    sim.set(reply="{message}")
    assert (await ask_gpt(gpt, "")).choices[0].message.content == ""
    assert (await stream_gpt(gpt, messages=[{"role": "user", "content": ""}]))[-1].usage.completion_tokens == 0


async def test_a_client_that_goes_away_is_noticed_in_the_stream_and_in_a_pause(
    sim: Simulator, claude: AsyncAnthropic
) -> None:
    sim.set(tokens_per_second=20, output_tokens=1000)
    stream = await ask_claude(claude, stream=True)
    await anext(aiter(stream))
    assert sim.stats()["streams"] == {"now": 1, "peak": 1}
    await stream.close()
    await wait_for(lambda: recent(sim)[-1]["outcome"] == "client_gone")
    sim.fault("stall", after=0, seconds=600)
    stream = await ask_claude(claude, stream=True)
    await stream.close()
    await wait_for(lambda: sim.stats()["outcomes"] == {"client_gone": 2})
    assert sim.stats()["streams"] == {"now": 0, "peak": 1}


async def test_many_streams_at_once_are_all_whole(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(tokens_per_second=200, output_tokens=40)
    answers = await asyncio.gather(*(stream_claude(claude) for _ in range(50)))
    assert {len(events) for events in answers} == {40 + 5}
    assert sim.stats()["streams"] == {"now": 0, "peak": 50}
    assert sim.stats()["chunks"] == 50 * 40
    late = sim.stats()["late_seconds"]
    assert 0 <= late["mean"] <= late["max"] < 5


async def test_what_was_served_is_counted_and_the_key_is_not_kept(
    sim: Simulator, http: httpx2.AsyncClient, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.set(output_tokens=10, input_tokens=100, models=["claude-haiku-4-5", "gpt-4o-mini"], api_keys=[KEY])
    await ask_claude(claude)
    await stream_gpt(gpt)
    sim.fault("status", status=529)
    wrong = {"x-api-key": "wrong", "anthropic-version": "1"}
    await http.post(f"{sim.anthropic_url}/v1/messages", json={}, headers=wrong)
    right = {"authorization": f"Bearer {KEY}"}
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "x"}]}
    await http.post(f"{sim.openai_url}/chat/completions", json=body, headers=right)
    stats = (await http.get(f"{sim.control_url}/stats")).json()
    settings = (await http.get(f"{sim.control_url}/settings")).json()
    short = (await http.get(f"{sim.control_url}/stats", params={"requests": 1, "bodies": 0})).json()
    bad = await http.get(f"{sim.control_url}/stats", params={"requests": "many"})
    assert stats["by_model"] == {
        "claude-haiku-4-5": {"200": 1},
        "gpt-4o-mini": {"200": 1, "529": 1},
        "": {"401": 1},
    }
    assert stats["tokens"] == {"input": 200, "output": 20}
    assert stats["outcomes"] == {"complete": 2, "refused": 2}
    assert stats["faults_used"] == {"status": 1}
    assert stats["recent"][0]["body"]["messages"][0]["content"] == "Where is my parcel?"
    assert stats["recent"][1]["stream"] is True
    assert [record["number"] for record in short["recent"]] == [4]
    assert "body" not in short["recent"][0]
    assert bad.status_code == 400
    assert KEY not in json.dumps([stats, settings])


async def test_only_so_many_requests_are_remembered(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(keep_requests=2)
    for text in ("one", "two", "three"):
        await ask_gpt(gpt, text)
    assert [record["body"]["messages"][0]["content"] for record in recent(sim)] == ["two", "three"]
    sim.set(keep_requests=0)
    await ask_gpt(gpt)
    assert recent(sim) == []
    assert sim.stats()["requests"] == 4


async def test_reset_forgets_counts_faults_levels_and_settings(
    sim: Simulator, http: httpx2.AsyncClient, gpt: AsyncOpenAI
) -> None:
    sim.set(requests_per_minute=1, reply="x")
    sim.fault("status", count=100)
    settings = (await http.post(f"{sim.control_url}/reset")).json()
    assert (settings["requests_per_minute"], settings["reply"]) == (None, None)
    assert settings["time_to_first_token"] == 0.01
    assert sim.stats()["requests"] == 0
    await ask_gpt(gpt)


@pytest.mark.parametrize("vendor", ["anthropic", "openai"])
async def test_headers_wait_for_the_first_token(sim: Simulator, http: httpx2.AsyncClient, vendor: str) -> None:
    sim.set(time_to_first_token=0.5)
    path = f"{sim.anthropic_url}/v1/messages" if vendor == "anthropic" else f"{sim.openai_url}/chat/completions"
    body = {"model": "m", "max_tokens": 5, "stream": True, "messages": [{"role": "user", "content": "x"}]}
    headers = {"authorization": "Bearer k", "anthropic-version": "1"}
    http.timeout = 0.2
    with pytest.raises(httpx2.ReadTimeout):
        await http.post(path, json=body, headers=headers)
