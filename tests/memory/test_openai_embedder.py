"""OpenAI's embeddings, spoken with the simulator: what is right is stored, and what is wrong is said."""

import asyncio
import logging

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from memory.checks import check_embedder
from memory.embedding import EmbedderError, TextRefused, embedder
from memory.embedding.openai import OpenAIEmbedder
from memory.embedding.pauses import Pauses
from simulator import Simulator
from simulator.process import Handle

KEY = "sk-a-key-that-nobody-may-see"
TEXTS = ["a blue raincoat", "a raincoat that is blue", "opening hours"]


@pytest.fixture
def made(simulator_process: Handle) -> OpenAIEmbedder:
    """An embedder of 64 dimensions at the simulator."""
    simulator_process.set(time_to_first_token=0.001)
    return OpenAIEmbedder(model="small", dimensions=64, base_url=simulator_process.openai_url, api_key=KEY, timeout=5)


def requests(simulator: Handle) -> int:
    return int(simulator.stats(requests=0)["requests"])


def test_vectors_are_normalised_and_in_the_order_of_the_texts(made: OpenAIEmbedder) -> None:
    vectors = made.embed(TEXTS)
    assert vectors.shape == (3, 64)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert np.allclose(made.compute(TEXTS[2:])[0], vectors[2], atol=1e-6)


def test_empty_endless_and_broken_texts_are_embedded_as_well(made: OpenAIEmbedder) -> None:
    assert made.embed_all(["", " \n", "😀" * 50_000, "\0", "\ud800"]).shape == (5, 64)


def test_many_texts_go_in_few_requests(made: OpenAIEmbedder, simulator_process: Handle) -> None:
    before = requests(simulator_process)
    assert made.compute([f"number {number}" for number in range(600)]).shape == (600, 64)
    assert made.compute(["word " * 1600] * 50).shape == (50, 64)  # 8000 bytes each
    assert requests(simulator_process) - before == 3 + 2


async def test_questions_that_come_together_share_a_request_and_repeated_ones_cost_none(
    made: OpenAIEmbedder, simulator_process: Handle
) -> None:
    simulator_process.set(time_to_first_token=0.05)
    before = requests(simulator_process)
    asked = [f"question {number}" for number in range(60)]
    vectors = await asyncio.gather(*(made.aembed([text]) for text in asked))
    again = await asyncio.gather(*(made.aembed([text]) for text in asked))
    assert np.allclose(vectors, again)
    assert requests(simulator_process) - before <= 6


WRONG = [
    ({"status": 401}, "refused the API key"),
    ({"status": 403}, "refused the API key"),
    ({"status": 404}, "PARLEY_EMBEDDER_MODEL"),
    ({"kind": "few_vectors"}, "returned 2 vectors for 3 texts"),
    ({"kind": "malformed"}, "no embedding"),
]


@pytest.mark.parametrize(("fault", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_only_people_can_mend_is_said_and_not_tried_again(
    made: OpenAIEmbedder, simulator_process: Handle, fault: dict[str, object], said: str
) -> None:
    if fault.get("status") == 401:
        simulator_process.set(api_keys=["sk-another"])
    else:
        simulator_process.fault(**{"kind": "status", **fault})
    before = requests(simulator_process)
    with pytest.raises(EmbedderError, match=said) as caught:
        made.compute(TEXTS)
    assert KEY not in str(caught.value)
    assert requests(simulator_process) == before + 1


def test_other_dimensions_than_told_are_refused_with_what_to_set(simulator_process: Handle) -> None:
    simulator_process.set(embedding_dimensions=8)
    url = simulator_process.openai_url
    with pytest.raises(EmbedderError, match=r"of 8 numbers .* 1536 were expected.*PARLEY_EMBEDDER_DIMENSIONS=8"):
        OpenAIEmbedder(base_url=url, api_key=KEY).embed(TEXTS)


def test_a_passing_failure_is_tried_again_as_the_server_asks(made: OpenAIEmbedder, simulator_process: Handle) -> None:
    simulator_process.fault("status", status=429, retry_after=0)
    simulator_process.fault("status", status=500, retry_after=0)
    assert made.compute(TEXTS).shape == (3, 64)
    simulator_process.fault("status", status=429, retry_after=40)
    before = requests(simulator_process)
    with pytest.raises(EmbedderError, match="how often") as caught:
        made.compute(TEXTS)
    assert caught.value.retry_after == 40, "nobody sleeps so long in a thread"
    assert requests(simulator_process) == before + 1


async def test_who_waits_is_told_in_time_and_once(made: OpenAIEmbedder, simulator_process: Handle) -> None:
    made.patience = 0.2
    simulator_process.fault("stall", seconds=3)
    with pytest.raises(EmbedderError, match="in time"):
        await made.aembed(["a question"])
    simulator_process.fault("status", status=503, count=2)
    with pytest.raises(EmbedderError, match="503"):
        await made.aembed(["another"])
    gone = OpenAIEmbedder(model="small", dimensions=64, base_url="http://127.0.0.1:1/v1", api_key=KEY)
    with pytest.raises(EmbedderError, match="cannot be reached"):
        await gone.aembed(["a third"])


async def test_a_text_that_is_too_long_for_the_model_is_cut(sim: Simulator) -> None:
    sim.set(context_window=100)
    made = OpenAIEmbedder(model="small", dimensions=64, base_url=sim.openai_url, api_key=KEY)
    sim.fault("context_too_long", count=3)
    assert (await asyncio.to_thread(made.compute, ["word " * 1000, "short"])).shape == (2, 64)
    sim.fault("context_too_long", count=50)
    with pytest.raises(TextRefused):
        await asyncio.to_thread(made.compute, ["word " * 1000])


async def test_a_server_that_knows_no_dimensions_is_asked_without() -> None:
    """As vLLM answers; it sends numbers where the SDK asks for base64."""
    bodies = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(body := await request.json())
        if "dimensions" in body:
            return web.json_response({"error": {"message": 'Model "m" does not support dimensions'}}, status=400)
        data = [{"object": "embedding", "index": n, "embedding": [3.0, 4.0]} for n, _ in enumerate(body["input"])]
        return web.json_response({"object": "list", "model": "m", "data": data, "usage": {}})

    app = web.Application()
    app.router.add_post("/v1/embeddings", answer)
    async with TestServer(app) as server:
        made = OpenAIEmbedder(model="m", dimensions=2, base_url=str(server.make_url("/v1")))
        assert np.allclose(await made.aembed(["one"]), [[0.6, 0.8]])
        await made.aembed(["two"])
    assert ["dimensions" in body for body in bodies] == [True, False, False]


def test_the_key_is_in_no_log(made: OpenAIEmbedder, simulator_process: Handle, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    made.compute(TEXTS)
    simulator_process.set(api_keys=["sk-another"])
    with pytest.raises(EmbedderError):
        made.compute(TEXTS)
    assert KEY not in caplog.text
    assert KEY not in repr(vars(made)["_server"])


def test_settings_that_cannot_work_are_told_at_the_start(settings) -> None:
    def told(**options: object) -> list[str]:
        settings.MEMORY = {"EMBEDDER": {"BACKEND": "memory.embedding.openai.OpenAIEmbedder", "OPTIONS": options}}
        return [f"{error.id} {error.msg} {error.hint}" for error in check_embedder()]

    assert told(api_key=KEY) == []
    assert told(base_url="http://127.0.0.1:11434/v1", model="nomic-embed-text", dimensions=768) == []
    assert "no API key" in told()[0]
    assert "cannot be one" in told(api_key="sk-a\nb")[0]
    assert "memory.E010" in told(base_url="localhost:11434", api_key=KEY)[0]
    assert "PARLEY_EMBEDDER_DIMENSIONS" in told(model="nomic-embed-text", api_key=KEY)[0]
    assert "16000" in told(model="m", dimensions=20_000, api_key=KEY)[0]


def test_a_name_holds_what_makes_another_vector(settings) -> None:
    settings.MEMORY = {"EMBEDDER": {"BACKEND": "memory.embedding.openai.OpenAIEmbedder", "OPTIONS": {"api_key": KEY}}}
    assert embedder().name == "openai:text-embedding-3-small:1536"
    long = OpenAIEmbedder(model="organisation/" + "x" * 200, dimensions=3)
    assert len(long.name) <= 100
    again = OpenAIEmbedder.named("openai:BAAI/bge-m3:tag:1024", api_key=KEY)
    assert again is not None
    assert (again.model, again.dimensions) == ("BAAI/bge-m3:tag", 1024)
    assert OpenAIEmbedder.named("minilm-l6-v2-int8") is None
    assert OpenAIEmbedder.named(long.name) is None, "a shortened name tells no model"


def test_pauses_grow_while_it_fails_and_end_when_it_answers() -> None:
    pauses = Pauses(10, 40)
    assert pauses.failed(EmbedderError("away")) == pytest.approx(10, abs=0.1)
    assert pauses.failed(EmbedderError("away")) == pytest.approx(10, abs=0.1), "it counts with the one before"
    lengths = []
    for retry_after in (None, None, None, 90):
        pauses._until = 0
        lengths.append(round(pauses.failed(EmbedderError("away", retry_after=retry_after))))
    assert lengths == [20, 40, 40, 90]
    pauses.went_well()
    assert (pauses.left, pauses.trouble) == (0, "")
