"""Each fault as the vendors' SDKs see it."""

import json
import time
from itertools import pairwise
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from simulator import SettingsError, Simulator
from tests.simulator.asking import (
    CLAUDE,
    GPT,
    ask_claude,
    ask_gpt,
    claude_text,
    gpt_text,
    stream_claude,
    stream_gpt,
)

STATUS_ERRORS = [
    (400, anthropic.BadRequestError, openai.BadRequestError),
    (403, anthropic.PermissionDeniedError, openai.PermissionDeniedError),
    (429, anthropic.RateLimitError, openai.RateLimitError),
    (500, anthropic.InternalServerError, openai.InternalServerError),
    (503, anthropic.ServiceUnavailableError, openai.InternalServerError),
    (529, anthropic.OverloadedError, openai.InternalServerError),
]


@pytest.mark.parametrize(("status", "claude_error", "gpt_error"), STATUS_ERRORS)
async def test_a_status_fault_is_the_vendors_error_once(
    sim: Simulator,
    claude: AsyncAnthropic,
    gpt: AsyncOpenAI,
    status: int,
    claude_error: type[anthropic.APIStatusError],
    gpt_error: type[openai.APIStatusError],
) -> None:
    sim.fault("status", status=status, model=CLAUDE)
    sim.fault("status", status=status, model=GPT)
    with pytest.raises(claude_error) as from_claude:
        await ask_claude(claude)
    with pytest.raises(gpt_error) as from_gpt:
        await stream_gpt(gpt)
    assert (from_claude.value.status_code, from_gpt.value.status_code) == (status, status)
    assert from_claude.value.body["error"]["message"]
    assert from_gpt.value.body["message"]
    await ask_claude(claude)
    await ask_gpt(gpt)


async def test_a_prompt_can_be_too_long_on_demand(sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI) -> None:
    sim.fault("context_too_long", count=2)
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long"):
        await ask_claude(claude)
    with pytest.raises(openai.BadRequestError) as caught:
        await ask_gpt(gpt)
    assert caught.value.code == "context_length_exceeded"


async def test_a_429_on_demand_says_when_to_come_back(sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI) -> None:
    sim.fault("status", status=429, retry_after=7.2, count=2)
    with pytest.raises(anthropic.RateLimitError) as from_claude:
        await ask_claude(claude)
    with pytest.raises(openai.RateLimitError) as from_gpt:
        await ask_gpt(gpt)
    assert from_claude.value.response.headers["retry-after"] == "8"
    assert from_gpt.value.response.headers["retry-after"] == "8"
    assert from_gpt.value.response.headers["retry-after-ms"] == "7200"


async def test_a_cut_is_a_reset_after_the_chunks_that_were_asked_for(
    sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.set(tokens_per_second=500)
    sim.fault("cut", after=4, count=2)
    seen: list[Any] = []
    with pytest.raises(httpx2.ReadError):
        await _collect(await ask_claude(claude, stream=True), seen)
    assert sum(event.type == "content_block_delta" for event in seen) == 4
    chunks: list[Any] = []
    with pytest.raises(openai.APIConnectionError):
        await _collect(await ask_gpt(gpt, stream=True), chunks)
    assert len(chunks) == 5  # the one with the role, and four of text
    assert [record["outcome"] for record in _recent(sim)] == ["cut", "cut"]


async def test_a_cut_before_the_first_chunk_leaves_an_open_answer_without_text(
    sim: Simulator, claude: AsyncAnthropic
) -> None:
    sim.fault("cut", after=0)
    seen: list[Any] = []
    with pytest.raises(httpx2.ReadError):
        await _collect(await ask_claude(claude, stream=True), seen)
    assert claude_text(seen) == ""


async def test_a_truncated_stream_ends_cleanly_without_its_ending(
    sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.fault("truncate", after=3, count=2)
    events = await stream_claude(claude)
    assert [event.type for event in events[2:]] == ["content_block_delta"] * 3
    chunks = await stream_gpt(gpt)
    assert len(chunks) == 4
    assert all(chunk.choices[0].finish_reason is None for chunk in chunks)


async def test_a_stalled_stream_pauses_and_then_goes_on(
    sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.fault("stall", after=2, seconds=0.6, count=2)
    assert await _longest_gap(await ask_claude(claude, stream=True)) > 0.25
    assert await _longest_gap(await ask_gpt(gpt, stream=True)) > 0.25


async def test_a_malformed_chunk_is_no_json(sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI) -> None:
    sim.fault("malformed", after=2, count=2)
    with pytest.raises(json.JSONDecodeError):
        await stream_claude(claude)
    with pytest.raises(json.JSONDecodeError):
        await stream_gpt(gpt)


async def test_the_first_token_can_be_slow(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.fault("slow_first_token", seconds=0.3)
    began = time.monotonic()
    await stream_claude(claude)
    assert 0.3 < time.monotonic() - began < 10


async def test_an_error_event_ends_the_stream_with_the_vendors_error(
    sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.fault("error_event", after=2, count=2)
    with pytest.raises(anthropic.APIStatusError) as from_claude:
        await stream_claude(claude)
    assert from_claude.value.body["error"]["type"] == "overloaded_error"
    with pytest.raises(openai.APIError, match="overloaded") as from_gpt:
        await stream_gpt(gpt)
    assert from_gpt.value.type == "server_error"


async def test_usage_can_be_missing(sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI) -> None:
    sim.fault("missing_usage", count=4)
    start, *_, end, _ = await stream_claude(claude)
    assert getattr(start.message, "usage", None) is None
    assert getattr(end, "usage", None) is None
    assert getattr(await ask_claude(claude), "usage", None) is None
    chunks = await stream_gpt(gpt)
    assert all(chunk.usage is None for chunk in chunks)
    assert gpt_text(chunks)
    assert (await ask_gpt(gpt)).usage is None


@pytest.mark.parametrize(
    ("fault", "claude_error", "gpt_error"),
    [
        ("cut", anthropic.APIConnectionError, openai.APIConnectionError),
        ("malformed", json.JSONDecodeError, json.JSONDecodeError),
        ("error_event", anthropic.OverloadedError, openai.InternalServerError),
    ],
)
async def test_answers_that_are_not_streamed_break_too(
    sim: Simulator,
    claude: AsyncAnthropic,
    gpt: AsyncOpenAI,
    fault: str,
    claude_error: type[Exception],
    gpt_error: type[Exception],
) -> None:
    sim.fault(fault, count=2)
    with pytest.raises(claude_error):
        await ask_claude(claude)
    with pytest.raises(gpt_error):
        await ask_gpt(gpt)


async def test_embeddings_break_too(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.fault("status", status=500)
    sim.fault("cut")
    for error in (openai.InternalServerError, openai.APIConnectionError):
        with pytest.raises(error):
            await gpt.embeddings.create(model="e", input="x")
    assert (await gpt.embeddings.create(model="e", input="x")).data


async def test_faults_are_used_in_their_order_and_only_by_their_model(
    sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.fault("status", status=500, model="some-other-model")
    sim.fault("status", status=529)
    sim.fault("status", status=503, count=2)
    for status in (529, 503, 503):
        with pytest.raises(anthropic.APIStatusError) as caught:
            await ask_claude(claude)
        assert caught.value.status_code == status
    await ask_gpt(gpt)
    with pytest.raises(openai.InternalServerError):
        await ask_gpt(gpt, model="some-other-model")


async def test_a_share_of_the_requests_can_fail(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(seed=3)
    sim.fault("status", status=500, share=0.3)
    failed = 0
    for _ in range(100):
        try:
            await ask_gpt(gpt)
        except openai.InternalServerError:
            failed += 1
    assert 15 < failed < 45


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "explode"}, "kind must be one of status, context_too_long"),
        ({"kind": "status", "status": 200}, "status must be one of 400"),
        ({"kind": "status", "status": "500"}, "status must be one of 400"),
        ({"kind": "status", "status": 500.0}, "status must be one of 400"),
        ({"kind": "cut", "after": -1}, "after must be a whole number from 0"),
        ({"kind": "cut", "afer": 1}, "afer is not a part of a fault; there are: kind"),
        ({"kind": "stall", "seconds": float("nan")}, "seconds must be a number"),
        ({"kind": "cut", "share": 1.1}, "share must be a number from 0 to 1"),
        ({"kind": "cut", "count": 0}, "count must be a whole number from 1"),
    ],
)
async def test_a_bad_fault_is_refused_with_what_is_wrong(
    sim: Simulator, http: httpx2.AsyncClient, fault: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        sim.fault(**fault)
    url = f"{sim.control_url}/faults"
    response = await http.post(url, content=json.dumps([{"kind": "cut"}, fault]))
    assert response.status_code == 400
    assert next(iter(response.json()["error"])) in said
    assert (await http.get(url)).json() == []


async def test_waiting_faults_can_be_seen_and_cleared(sim: Simulator, http: httpx2.AsyncClient) -> None:
    url = f"{sim.control_url}/faults"
    shown = (await http.post(url, json={"kind": "cut", "count": 3})).json()
    assert (shown[0]["kind"], shown[0]["count"]) == ("cut", 3)
    assert (await http.delete(url)).json() == []


async def _collect(stream: Any, into: list[Any]) -> None:
    async for item in stream:
        into.append(item)  # noqa: PERF401 - what came before the error is wanted


async def _longest_gap(stream: Any) -> float:
    times = [time.monotonic() async for _ in stream]
    return max(later - earlier for earlier, later in pairwise(times))


def _recent(sim: Simulator) -> list[dict[str, Any]]:
    return list(sim.stats()["recent"])
