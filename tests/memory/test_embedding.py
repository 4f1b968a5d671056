"""Texts become vectors that can be compared, without holding up anybody else."""

import asyncio
import time

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from memory.checks import check_embedder
from memory.embedding import Embedder, embedder
from memory.embedding.minilm import MiniLMEmbedder

FAR = "memory.embedding.minilm.MiniLMEmbedder"


class Backwards(MiniLMEmbedder):
    """Another embedder, by name at least."""

    name = "backwards"

    def compute(self, texts):
        """The same, of the texts read backwards."""
        return super().compute([text[::-1] for text in texts])


class Short(MiniLMEmbedder):
    """One whose vectors do not fit routing's columns."""

    dimensions = 10


def test_vectors_are_normalised_single_floats_in_the_order_of_the_texts() -> None:
    texts = ["How long does delivery take?", "short", "a much longer text about something else " * 20, ""]
    vectors = embedder().embed(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        assert np.allclose(MiniLMEmbedder().compute([text])[0], vector, atol=2e-2)


def test_no_text_gives_no_vector() -> None:
    assert embedder().embed([]).shape == embedder().embed_all([]).shape == (0, 384)


def test_like_means_near() -> None:
    asked, near, far = embedder().embed(
        ["When will my parcel arrive?", "Delivery times of packages", "Wash it at 30 °C"]
    )
    assert asked @ near > 0.5 > 0.2 > asked @ far


def test_a_text_of_any_length_is_embedded_in_time() -> None:
    started = time.process_time()
    MiniLMEmbedder().compute(["word " * 200_000])
    assert time.process_time() - started < 3


def test_a_repeated_text_is_remembered_and_the_oldest_forgotten() -> None:
    made = MiniLMEmbedder(remembered=2)
    computed: list[str] = []
    original = made.compute
    made.compute = lambda texts: (computed.extend(texts), original(texts))[1]
    made.embed(["a", "b", "a"])
    made.embed(["a"])
    made.embed(["c"])
    made.embed(["b"])
    assert computed == ["a", "b", "c", "b"]


def test_a_collection_is_shared_among_threads_and_keeps_its_order() -> None:
    texts = [f"text number {number}" for number in range(23)] + ["text number 3"]
    assert np.allclose(MiniLMEmbedder(threads=3).embed_all(texts), MiniLMEmbedder().embed(texts), atol=2e-2)


async def test_the_loop_runs_on_while_texts_are_embedded() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.002)
            ticks += 1

    ticking = asyncio.create_task(tick())
    vectors = await MiniLMEmbedder().aembed(
        [f"a sentence of some length, number {number}, for the model" for number in range(30)]
    )
    ticking.cancel()
    assert vectors.shape == (30, 384)
    assert ticks > 10


def test_the_embedder_is_chosen_in_settings_with_its_options(settings) -> None:
    settings.MEMORY = {"EMBEDDER": {"BACKEND": f"{__name__}.Backwards", "OPTIONS": {"threads": 1}}}
    assert isinstance(embedder(), Embedder)
    assert embedder().name == "backwards"


def test_a_backend_that_is_none_is_named(settings) -> None:
    settings.MEMORY = {"EMBEDDER": {"BACKEND": "memory.embedding.missing.Thing"}}
    with pytest.raises(ImproperlyConfigured, match=r"memory\.embedding\.missing\.Thing"):
        embedder()
    assert [error.id for error in check_embedder()] == ["memory.E002"]
    settings.MEMORY = {"EMBEDDER": {"BACKEND": "pathlib.Path"}}
    assert "not a subclass" in check_embedder()[0].msg


def test_a_local_embedder_that_does_not_fit_the_columns_is_an_error(settings) -> None:
    settings.MEMORY = {"LOCAL": {"BACKEND": f"{__name__}.Short"}}
    assert [error.id for error in check_embedder()] == ["memory.E003"]
    settings.MEMORY = {"EMBEDDER": {"BACKEND": FAR, "OPTIONS": {"nonsense": 1}}}
    assert [error.id for error in check_embedder()] == ["memory.E002"]


def test_the_installed_model_is_complete() -> None:
    assert check_embedder() == []
