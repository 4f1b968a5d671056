"""What the Anthropic SDK makes of the simulator."""

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from simulator import Simulator
from tests.simulator.asking import CLAUDE, ask_claude, claude_text, question, stream_claude


async def test_an_answer_quotes_the_last_user_message(claude: AsyncAnthropic) -> None:
    answer = await ask_claude(claude, "Do you sell kites?")
    assert "Do you sell kites?" in answer.content[0].text
    assert (answer.role, answer.model, answer.stop_reason) == ("assistant", CLAUDE, "end_turn")


async def test_a_streamed_answer_is_the_same_text_in_the_vendors_order_of_events(
    claude: AsyncAnthropic,
) -> None:
    events = await stream_claude(claude)
    names = list(dict.fromkeys(event.type for event in events))
    assert names == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert claude_text(events) == (await ask_claude(claude)).content[0].text


async def test_the_sdks_own_accumulation_arrives_at_the_same_message(claude: AsyncAnthropic) -> None:
    async with claude.messages.stream(model=CLAUDE, max_tokens=500, messages=question()) as stream:
        text = "".join([part async for part in stream.text_stream])
        message = await stream.get_final_message()
    assert message.content[0].text == text
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 10


async def test_markdown_arrives_as_it_was_set(sim: Simulator, claude: AsyncAnthropic) -> None:
    markdown = "# Parcels\n\n- **one**: `x  y`\n- two → drei 👋\n\n```py\nprint('a')\n```\n"
    sim.set(reply=markdown)
    assert claude_text(await stream_claude(claude)) == markdown
    assert (await ask_claude(claude)).content[0].text == markdown


async def test_usage_counts_the_cached_part_of_the_prompt_apart(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(input_tokens=1000, cache_read_tokens=700, cache_write_tokens=100, output_tokens=9)
    start, *_, end, _ = await stream_claude(claude)
    assert start.message.usage.input_tokens == 200
    assert start.message.usage.cache_read_input_tokens == 700
    assert start.message.usage.cache_creation_input_tokens == 100
    assert end.usage.output_tokens == 9
    assert (await ask_claude(claude)).usage.cache_read_input_tokens == 700


async def test_max_tokens_cuts_the_answer_and_says_so(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(output_tokens=50)
    events = await stream_claude(claude, max_tokens=7)
    assert events[-2].delta.stop_reason == "max_tokens"
    assert events[-2].usage.output_tokens == 7
    assert (await ask_claude(claude, max_tokens=7)).stop_reason == "max_tokens"


async def test_blocks_and_system_count_and_the_last_user_text_is_quoted(claude: AsyncAnthropic) -> None:
    blocks = [{"type": "text", "text": "first line"}, {"type": "text", "text": "second line"}]
    messages = [
        {"role": "user", "content": "old"},
        {"role": "assistant", "content": "hm"},
        {"role": "user", "content": blocks},
    ]
    answer = await ask_claude(claude, messages=messages, system=[{"type": "text", "text": "s" * 4000}])
    assert "first line\nsecond line" in answer.content[0].text
    assert answer.usage.input_tokens > 1000


async def test_a_wrong_key_is_refused_as_the_vendor_does(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(api_keys=["another"])
    with pytest.raises(anthropic.AuthenticationError) as caught:
        await ask_claude(claude)
    assert caught.value.body["error"] == {"type": "authentication_error", "message": "invalid x-api-key"}
    await ask_claude(claude.with_options(api_key="another"))


async def test_an_unknown_model_is_named(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(models=["claude-a", "gpt-b"])
    with pytest.raises(anthropic.NotFoundError) as caught:
        await ask_claude(claude)
    assert caught.value.body["error"] == {"type": "not_found_error", "message": f"model: {CLAUDE}"}
    assert [model.id async for model in claude.models.list()] == ["claude-a"]


async def test_a_prompt_beyond_the_window_is_refused(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(context_window=10)
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long: 25 tokens > 10 maximum"):
        await ask_claude(claude, "x" * 100)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\xff{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'{"model": "m", "max_tokens": 5, "messages": []}', "messages: must be a list"),
        (
            b'{"model": "m", "max_tokens": 5, "messages": [{"role": "robot", "content": "x"}]}',
            "messages.0.role",
        ),
        (
            b'{"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": 3}]}',
            "messages.0.content",
        ),
        (b'{"model": "m", "messages": [{"role": "user", "content": "x"}]}', "max_tokens: Field required"),
        (
            b'{"model": "m", "max_tokens": 0, "messages": [{"role": "user", "content": "x"}]}',
            "max_tokens: must be",
        ),
        (b'{"max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}', "model: must be"),
    ],
)
async def test_a_bad_body_is_refused_with_what_is_wrong(
    sim: Simulator, http: httpx2.AsyncClient, body: bytes, message: str
) -> None:
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    response = await http.post(f"{sim.anthropic_url}/v1/messages", content=body, headers=headers)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert message in error["message"]


async def test_a_request_without_key_or_version_is_refused(sim: Simulator, http: httpx2.AsyncClient) -> None:
    url = f"{sim.anthropic_url}/v1/messages"
    assert (await http.post(url, json={})).status_code == 401
    response = await http.post(url, json={}, headers={"x-api-key": "k"})
    assert response.json()["error"]["message"] == "anthropic-version: header is required"
