"""What the Anthropic SDK makes of the simulator's Message Batches."""

import asyncio
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from simulator import Simulator
from tests.simulator.asking import CLAUDE, question


def request(name: str, text: str = "Hello", **more: Any) -> Any:
    return {"custom_id": name, "params": {"model": CLAUDE, "max_tokens": 50, "messages": question(text), **more}}


async def ended(client: AsyncAnthropic, batch_id: str) -> Any:
    """The batch when it is over."""
    for _ in range(1000):
        batch = await client.messages.batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            return batch
        await asyncio.sleep(0.01)
    raise AssertionError(f"{batch.processing_status} after 10 seconds")


async def results(client: AsyncAnthropic, batch_id: str) -> dict[str, Any]:
    lines = await client.messages.batches.results(batch_id)
    return {line.custom_id: line.result async for line in lines}


async def test_each_request_is_answered_under_its_own_id(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(batch_seconds=0.05, reply="You said {message}")
    batch = await claude.messages.batches.create(requests=[request("a", "one"), request("b", "two")])
    assert (batch.processing_status, batch.request_counts.processing, batch.results_url) == ("in_progress", 2, None)
    batch = await ended(claude, batch.id)
    assert (batch.request_counts.succeeded, batch.request_counts.processing) == (2, 0)
    found = await results(claude, batch.id)
    assert {name: result.message.content[0].text for name, result in found.items()} == {
        "a": "You said one",
        "b": "You said two",
    }
    assert found["a"].message.usage.output_tokens > 0
    assert sim.stats()["batches"] == {"created": 1, "requests": 2, "cancelled": 0}


async def test_requests_fail_one_by_one(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(batch_seconds=0, batch_invalid="bad", batch_errored="broken", batch_expired="late", models=[CLAUDE])
    asked = [request("fine"), request("bad", "bad"), request("broken", "broken"), request("late", "late")]
    asked += [request("streamed", stream=True), request("unknown", model="claude-9")]
    batch = await claude.messages.batches.create(requests=asked)
    found = await results(claude, batch.id)
    assert {name: result.type for name, result in found.items()} == {
        "fine": "succeeded", "bad": "errored", "broken": "errored", "late": "expired", "streamed": "errored",
        "unknown": "errored",
    }  # fmt: skip
    kinds = {name: found[name].error.error.type for name in ("bad", "broken", "unknown")}
    assert kinds == {"bad": "invalid_request_error", "broken": "api_error", "unknown": "not_found_error"}
    counts = (await ended(claude, batch.id)).request_counts
    assert (counts.succeeded, counts.errored, counts.expired, counts.canceled) == (1, 4, 1, 0)


async def test_a_cancelled_batch_keeps_what_was_done(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(batch_seconds=20)
    batch = await claude.messages.batches.create(requests=[request(f"n{number}") for number in range(2000)])
    await asyncio.sleep(0.02)  # one is done every hundredth of a second
    cancelled = await claude.messages.batches.cancel(batch.id)
    assert (cancelled.processing_status, cancelled.cancel_initiated_at is None) == ("canceling", False)
    batch = await ended(claude, batch.id)
    assert batch.request_counts.canceled + batch.request_counts.succeeded == 2000
    assert 0 < batch.request_counts.canceled < 2000
    again = await claude.messages.batches.cancel(batch.id)
    assert again.processing_status == "ended"


async def test_batches_are_listed_newest_first_in_pages_and_deleted(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(batch_seconds=0)
    made = [(await claude.messages.batches.create(requests=[request("a")])).id for _ in range(5)]
    assert [batch.id async for batch in await claude.messages.batches.list(limit=2)] == made[::-1]
    await claude.messages.batches.delete(made[0])
    with pytest.raises(anthropic.NotFoundError):
        await claude.messages.batches.retrieve(made[0])


async def test_what_is_wrong_as_a_whole_is_refused(sim: Simulator, claude: AsyncAnthropic) -> None:
    for requests in ([], [request("a"), request("a")], [request("not an id")], [{"custom_id": "a"}]):
        with pytest.raises(anthropic.BadRequestError):
            await claude.messages.batches.create(requests=requests)
    sim.set(batch_seconds=5)
    batch = await claude.messages.batches.create(requests=[request("a")])
    with pytest.raises(anthropic.BadRequestError):
        await claude.messages.batches.delete(batch.id)
    assert sim.stats()["batches"]["created"] == 1


async def test_another_key_sees_nothing(sim: Simulator, claude: AsyncAnthropic) -> None:
    batch = await claude.messages.batches.create(requests=[request("a")])
    other = claude.with_options(api_key="sk-another")
    assert [batch.id async for batch in await other.messages.batches.list()] == []
    with pytest.raises(anthropic.NotFoundError):
        await other.messages.batches.retrieve(batch.id)


async def test_faults_strike_the_path_that_they_name(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(batch_seconds=0)
    sim.fault("cut", path="/messages/batches")
    with pytest.raises(anthropic.APIConnectionError):
        await claude.messages.batches.create(requests=[request("a"), request("b")])
    batch = (await claude.messages.batches.list()).data[0]
    assert batch.request_counts.succeeded == 2, "it was made all the same"
    sim.fault("truncate", path="/results", after=1)
    sim.fault("status", path="/cancel", status=529)
    assert len(await results(claude, batch.id)) == 1
    assert len(await results(claude, batch.id)) == 2
    with pytest.raises(anthropic.OverloadedError):
        await claude.messages.batches.cancel(batch.id)
    sim.fault("cut", path="/results", after=1)
    with pytest.raises((anthropic.APIError, httpx2.HTTPError)):
        await results(claude, batch.id)


async def test_a_batch_larger_than_any_other_request_is_taken(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(batch_seconds=0)
    asked = [request(f"n{number}", "x" * 2**20) for number in range(34)]
    batch = await claude.messages.batches.create(requests=asked)
    assert batch.request_counts.succeeded == 34
