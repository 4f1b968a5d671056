"""10,000 answers with five questions each in one scope: time of a lookup, and what the first look misses."""

import time

import numpy as np
from numpy.typing import NDArray

from bench.cache_clinc import Questions
from bench.report import Figures, percentile
from routing.cached.deciding import decide
from routing.cached.gate import Gate
from routing.cached.index import Answer, Index, Stored, build
from routing.cached.reading import Policy
from routing.question import Question

ANSWERS, QUESTIONS, LOOKUPS = 10_000, 5, 1000
SPREAD = 0.5  # of an answer's questions around its middle, as far as those of a CLINC150 intent


def measure(all_of: Questions) -> Figures:
    """`lookup_ms_p95` of the whole decision without the embedding, memory of the vectors, recall against brute force.

    `cpu`: of the processor alone, which a busy machine changes less.
    """
    chance = np.random.default_rng(3)
    pairs = chance.integers(0, len(all_of.texts), (ANSWERS, 2))
    middles = _normalised(all_of.vectors[pairs[:, 0]] + all_of.vectors[pairs[:, 1]] * 0.7)
    stored = _near(np.repeat(middles, QUESTIONS, axis=0), SPREAD, chance)
    index = _index(stored, [all_of.texts[row] for row in pairs[:, 0]])
    asked = _near(middles[chance.integers(0, ANSWERS, LOOKUPS)], 0.7, chance)
    questions = [Question(all_of.texts[n], 0, "", vector=vector) for n, vector in enumerate(asked)]
    times, busy = [], []
    for question in questions:
        begun, worked = time.perf_counter(), time.thread_time()
        decide(question, index, Policy(), Gate())
        times.append(1000 * (time.perf_counter() - begun))
        busy.append(1000 * (time.thread_time() - worked))
    part = index.parts[None]
    held = part.vectors.nbytes + part.centroids.nbytes
    return {
        "lookup_ms_p50": percentile(times, 0.5),
        "lookup_ms_p95": percentile(times, 0.95),
        "lookup_cpu_ms_p50": percentile(busy, 0.5),
        "lookup_cpu_ms_p95": percentile(busy, 0.95),
        "index_mib_of_vectors": held / 2**20,
        "recall_of_nearest": _recall(index, asked, stored),
    }


def _recall(index: Index, asked: NDArray[np.float32], stored: NDArray[np.float32]) -> float:
    """How often the answer of the very nearest of all questions is among those looked at closely."""
    nearest = np.concatenate([(part @ stored.T).argmax(axis=1) for part in np.array_split(asked, 20)]) // QUESTIONS
    found = 0
    for vector, answer in zip(asked, nearest, strict=True):
        near = index.nearest(Question("", 0, "", vector=vector), vector)
        found += near is not None and int(answer) in {one.id for one in near.answers}
    return found / len(asked)


def _near(vectors: NDArray[np.float32], spread: float, chance: np.random.Generator) -> NDArray[np.float32]:
    noise = chance.standard_normal(vectors.shape).astype(np.float32) / np.sqrt(vectors.shape[1])
    return _normalised(vectors + spread * noise.astype(np.float32))


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def _index(stored: NDArray[np.float32], texts: list[str]) -> Index:
    answers = [
        Answer(
            id=number,
            text=text,
            questions=tuple(
                Stored(row, text, f"{text} {row}", stored[row].astype(np.float16))
                for row in range(number * QUESTIONS, (number + 1) * QUESTIONS)
            ),
        )
        for number, text in enumerate(texts)
    ]
    return build(answers, "bench", stored.shape[1])
