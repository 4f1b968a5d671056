"""What the OpenAI SDK makes of the simulator's files and batches."""

import asyncio
import json
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from simulator import Simulator
from tests.simulator.asking import GPT, KEY, question

OVER = ("completed", "failed", "expired", "cancelled")


def line(name: str, text: str = "Hello", **more: Any) -> dict[str, Any]:
    body = {"model": GPT, "max_completion_tokens": 50, "messages": question(text), **more}
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


async def send(client: AsyncOpenAI, lines: list[Any], **more: Any) -> Any:
    """A batch of these lines, just made."""
    content = "\n".join(json.dumps(line) for line in lines).encode()
    sent = await client.files.create(file=("batch.jsonl", content), purpose="batch")
    options = {"endpoint": "/v1/chat/completions", "completion_window": "24h", **more}
    return await client.batches.create(input_file_id=sent.id, **options)


async def over(client: AsyncOpenAI, batch_id: str, *states: str) -> Any:
    """The batch when it is over, or in one of the states."""
    for _ in range(1000):
        batch = await client.batches.retrieve(batch_id)
        if batch.status in (states or OVER):
            return batch
        await asyncio.sleep(0.01)
    raise AssertionError(f"{batch.status} after 10 seconds")


async def read(client: AsyncOpenAI, file_id: str) -> dict[str, Any]:
    """The lines of a file by their id."""
    content = await client.files.content(file_id)
    return {found["custom_id"]: found for found in map(json.loads, content.text.splitlines())}


async def test_a_file_is_kept_as_it_was_sent_until_it_is_deleted(gpt: AsyncOpenAI) -> None:
    sent = await gpt.files.create(file=("a.jsonl", b'{"x": 1}\n{"x": 2}\n'), purpose="batch")
    assert (sent.bytes, sent.filename, sent.purpose) == (18, "a.jsonl", "batch")
    assert (await gpt.files.retrieve(sent.id)).id == sent.id
    assert (await gpt.files.content(sent.id)).content == b'{"x": 1}\n{"x": 2}\n'
    assert (await gpt.files.delete(sent.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await gpt.files.content(sent.id)


async def test_each_request_is_answered_under_its_own_id(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(batch_seconds=0.2, reply="You said {message}")
    batch = await send(gpt, [line("a", "one"), line("b", "two")], metadata={"mine": "yes"})
    assert (batch.status, batch.request_counts.total, batch.metadata) == ("validating", 2, {"mine": "yes"})
    batch = await over(gpt, batch.id)
    assert (batch.status, batch.request_counts.completed, batch.error_file_id) == ("completed", 2, None)
    assert batch.completed_at is not None
    found = await read(gpt, batch.output_file_id)
    bodies = {name: result["response"]["body"] for name, result in found.items()}
    assert {name: body["choices"][0]["message"]["content"] for name, body in bodies.items()} == {
        "a": "You said one",
        "b": "You said two",
    }
    assert bodies["a"]["usage"]["completion_tokens"] > 0
    assert sim.stats()["batches"] == {"created": 1, "requests": 2, "cancelled": 0}


async def test_what_failed_or_was_too_late_is_in_the_file_of_errors(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(batch_seconds=0, batch_errored="broken", batch_expired="late")
    batch = await send(gpt, [line("fine"), line("broken", "broken"), line("late", "late")])
    assert (batch.status, batch.request_counts.completed, batch.request_counts.failed) == ("expired", 1, 2)
    assert list(await read(gpt, batch.output_file_id)) == ["fine"]
    errors = await read(gpt, batch.error_file_id)
    assert errors["broken"]["response"]["status_code"] == 500
    assert (errors["late"]["response"], errors["late"]["error"]["code"]) == (None, "batch_expired")


@pytest.mark.parametrize(
    "wrong",
    [
        [line("a", "bad")],
        [line("a"), line("a")],
        [line("a"), line("b", model="gpt-4o")],
        [line("a", model="no-such-model")],
        [line("a", stream=True)],
        [{**line("a"), "url": "/v1/other"}],
        ["no object"],
        [],
    ],
)
async def test_a_file_with_a_wrong_line_fails_as_a_whole(sim: Simulator, gpt: AsyncOpenAI, wrong: list[Any]) -> None:
    sim.set(batch_seconds=0, batch_invalid="bad", models=[GPT])
    batch = await send(gpt, wrong)
    assert (batch.status, batch.output_file_id, batch.failed_at is None) == ("failed", None, False)
    assert batch.errors.data[0].message


async def test_a_cancelled_batch_keeps_what_was_done(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(batch_seconds=20)
    batch = await send(gpt, [line(f"n{number}") for number in range(2000)])
    await over(gpt, batch.id, "in_progress")  # a fifth of a second, and one is done every hundredth
    assert (await gpt.batches.cancel(batch.id)).status == "cancelling"
    batch = await over(gpt, batch.id)
    assert (batch.status, batch.request_counts.total) == ("cancelled", 2000)
    assert 0 < batch.request_counts.completed < 2000
    assert len(await read(gpt, batch.output_file_id)) == batch.request_counts.completed
    assert {found["error"]["code"] for found in (await read(gpt, batch.error_file_id)).values()} == {"batch_cancelled"}
    with pytest.raises(openai.ConflictError):
        await gpt.batches.cancel(batch.id)


async def test_batches_are_listed_newest_first_in_pages(sim: Simulator, gpt: AsyncOpenAI) -> None:
    made = [(await send(gpt, [line("a")], metadata={"n": str(number)})).id for number in range(5)]
    found = [batch async for batch in await gpt.batches.list(limit=2)]
    assert [batch.id for batch in found] == made[::-1]
    assert found[0].metadata == {"n": "4"}


async def test_what_is_wrong_as_a_whole_is_refused(sim: Simulator, gpt: AsyncOpenAI, http: httpx2.AsyncClient) -> None:
    wrong = ({"endpoint": "/v1/embeddings"}, {"completion_window": "1h"}, {"metadata": {"a": "x" * 513}})
    for options in wrong:
        with pytest.raises(openai.BadRequestError):
            await send(gpt, [line("a")], **options)
    with pytest.raises(openai.BadRequestError):
        await gpt.batches.create(input_file_id="file-x", endpoint="/v1/chat/completions", completion_window="24h")
    with pytest.raises(openai.BadRequestError):
        await gpt.files.create(file=("a.jsonl", b"{}"), purpose="vision")
    plain = await http.post(f"{sim.openai_url}/files", headers={"authorization": f"Bearer {KEY}"}, json={})
    assert plain.status_code == 400
    assert sim.stats()["batches"]["created"] == 0


async def test_another_key_sees_nothing(sim: Simulator, gpt: AsyncOpenAI) -> None:
    batch = await send(gpt, [line("a")])
    other = gpt.with_options(api_key="sk-another")
    assert [found.id async for found in await other.batches.list()] == []
    for ask in (other.batches.retrieve(batch.id), other.files.content(batch.input_file_id)):
        with pytest.raises(openai.NotFoundError):
            await ask


async def test_faults_strike_the_path_that_they_name(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(batch_seconds=0)
    sim.fault("cut", path="/batches")
    with pytest.raises(openai.APIConnectionError):
        await send(gpt, [line("a"), line("b")])
    batch = (await gpt.batches.list()).data[0]
    assert batch.status == "completed", "it was made all the same"
    sim.fault("malformed", path="/content", after=1)
    with pytest.raises(json.JSONDecodeError):
        await read(gpt, batch.output_file_id)
    assert len(await read(gpt, batch.output_file_id)) == 2
    sim.fault("status", path="/files", status=404)
    with pytest.raises(openai.NotFoundError):
        await send(gpt, [line("a")])


async def test_a_reset_forgets_batches_and_files(sim: Simulator, gpt: AsyncOpenAI) -> None:
    batch = await send(gpt, [line("a")])
    sim.reset()
    assert (await gpt.batches.list()).data == []
    with pytest.raises(openai.NotFoundError):
        await gpt.files.content(batch.input_file_id)
