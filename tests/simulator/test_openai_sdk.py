"""What the OpenAI SDK makes of the simulator."""

from math import isclose

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from simulator import Simulator
from tests.simulator.asking import GPT, ask_gpt, gpt_text, question, stream_gpt


async def test_an_answer_quotes_the_last_user_message(gpt: AsyncOpenAI) -> None:
    answer = await ask_gpt(gpt, "Do you sell kites?")
    assert "Do you sell kites?" in answer.choices[0].message.content
    assert (answer.model, answer.choices[0].finish_reason) == (GPT, "stop")


async def test_a_streamed_answer_is_the_same_text_and_ends_with_reason_and_usage(gpt: AsyncOpenAI) -> None:
    chunks = await stream_gpt(gpt)
    assert gpt_text(chunks) == (await ask_gpt(gpt)).choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], len(chunks) - 3)


async def test_usage_comes_only_when_it_is_asked_for(gpt: AsyncOpenAI) -> None:
    chunks = await stream_gpt(gpt, stream_options={"include_usage": False})
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


async def test_the_sdks_own_accumulation_arrives_at_the_same_answer(gpt: AsyncOpenAI) -> None:
    async with gpt.chat.completions.stream(model=GPT, messages=question()) as stream:
        text = "".join([event.delta async for event in stream if event.type == "content.delta"])
        answer = await stream.get_final_completion()
    assert answer.choices[0].message.content == text != ""


async def test_markdown_arrives_as_it_was_set(sim: Simulator, gpt: AsyncOpenAI) -> None:
    markdown = "# Parcels\n\n- **one**: `x  y`\n- two → drei 👋\n\n```py\nprint('a')\n```\n"
    sim.set(reply=markdown)
    assert gpt_text(await stream_gpt(gpt)) == markdown
    assert (await ask_gpt(gpt)).choices[0].message.content == markdown


async def test_usage_counts_the_cached_part_of_the_prompt_within_it(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(input_tokens=1000, cache_read_tokens=700, output_tokens=9)
    usage = (await stream_gpt(gpt))[-1].usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (1000, 9, 1009)
    assert usage.prompt_tokens_details.cached_tokens == 700
    assert (await ask_gpt(gpt)).usage.prompt_tokens_details.cached_tokens == 700


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_max_tokens_cuts_the_answer_and_says_so(sim: Simulator, gpt: AsyncOpenAI, name: str) -> None:
    sim.set(output_tokens=50)
    chunks = await stream_gpt(gpt, **{name: 7})
    assert (chunks[-2].choices[0].finish_reason, chunks[-1].usage.completion_tokens) == ("length", 7)
    assert (await ask_gpt(gpt, **{name: 7})).choices[0].finish_reason == "length"


async def test_a_chunk_holds_as_many_tokens_as_are_set(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(output_tokens=10, chunk_tokens=4)
    chunks = await stream_gpt(gpt)
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) == 3
    assert chunks[-1].usage.completion_tokens == 10


async def test_a_wrong_key_is_refused_and_not_repeated(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(api_keys=["another"])
    with pytest.raises(openai.AuthenticationError) as caught:
        await ask_gpt(gpt)
    assert caught.value.code == "invalid_api_key"
    assert gpt.api_key not in str(caught.value)
    await ask_gpt(gpt.with_options(api_key="another"))


async def test_an_unknown_model_is_named(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(models=["claude-a", "gpt-b"])
    with pytest.raises(openai.NotFoundError, match=f"The model `{GPT}` does not exist") as caught:
        await ask_gpt(gpt)
    assert caught.value.code == "model_not_found"
    assert [model.id async for model in gpt.models.list()] == ["gpt-b"]


async def test_a_prompt_beyond_the_window_is_refused(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(context_window=10)
    with pytest.raises(openai.BadRequestError, match=r"length is 10 tokens.* in 25 tokens") as caught:
        await ask_gpt(gpt, "x" * 100)
    assert caught.value.code == "context_length_exceeded"


async def test_the_interface_is_below_openai_too(sim: Simulator, gpt: AsyncOpenAI) -> None:
    url = sim.openai_url.replace("/v1", "/openai/v1")
    assert (await ask_gpt(gpt.with_options(base_url=url))).choices


async def test_embeddings_are_unit_vectors_and_near_for_texts_that_share_words(gpt: AsyncOpenAI) -> None:
    texts = ["a red kite flies high", "the red kite flies low", "postage to Norway"]
    answer = await gpt.embeddings.create(model="text-embedding-3-small", input=texts)
    red, low, far = (item.embedding for item in answer.data)
    assert len(red) == 1536
    assert isclose(sum(value * value for value in red), 1, rel_tol=1e-5)
    assert sum(map(float.__mul__, red, low)) > 0.4 > 0.2 > sum(map(float.__mul__, red, far))


async def test_embeddings_have_the_length_and_the_format_asked_for(gpt: AsyncOpenAI) -> None:
    plain = await gpt.embeddings.create(model="e", input="kite", dimensions=8, encoding_format="float")
    packed = await gpt.embeddings.create(model="e", input="kite", dimensions=8)
    assert plain.data[0].embedding == pytest.approx(packed.data[0].embedding)
    assert len(plain.data[0].embedding) == 8
    with pytest.raises(openai.BadRequestError, match="input: must be"):
        await gpt.embeddings.create(model="e", input="")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"model": "m"}', b'{"model": 3, "messages": [{"role": "user"}]}'])
async def test_a_bad_body_is_refused_with_what_is_wrong(sim: Simulator, http: httpx2.AsyncClient, body: bytes) -> None:
    http.headers.update({"authorization": "Bearer k"})
    response = await http.post(f"{sim.openai_url}/chat/completions", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
