"""Which answer: a linear head over vector and wording, learned as multinomial logistic regression.

Each answer has a row. One that came after the learning has its centroid instead, as long as the other rows on average.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from routing.cached.index import Floats

STEPS, RATE, MOMENTUM, DECAY = 200, 0.5, 0.9, 1e-4
SCALE = 8.9  # of what is seen, so that the first steps are neither tiny nor wild: found on CLINC150


@dataclass(frozen=True)
class Head:
    """`rows` by answer's id; `strength` is what a centroid is multiplied with where there is no row."""

    rows: Mapping[int, Floats] = field(default_factory=dict)
    strength: float = 1.0

    def logits(self, answer_ids: Sequence[int], centroids: Floats, question: Floats) -> Floats:
        """Of these answers for a question as `wording.seen` gives it; `centroids` are its cosines with theirs.

        Rows of an older gate may be of the vector alone.
        """
        found: Floats = centroids * np.float32(self.strength)
        for place, answer in enumerate(answer_ids):
            if (row := self.rows.get(answer)) is not None and len(row) <= len(question):
                found[place] = np.dot(row, question[: len(row)])
        return found

    def stored(self) -> dict[str, Any]:
        """As JSON: rows as base64 of float16."""
        rows = np.array(list(self.rows.values()), dtype=np.float16)
        return {
            "answers": list(self.rows),
            "strength": self.strength,
            "rows": base64.b64encode(rows.tobytes()).decode(),
            "dimensions": rows.shape[1] if rows.size else 0,
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Head":
        """What `stored` gave. Raises ValueError, KeyError, TypeError where it is something else."""
        answers = [int(answer) for answer in stored["answers"]]
        data = np.frombuffer(base64.b64decode(stored["rows"]), dtype=np.float16).astype(np.float32)
        rows = data.reshape(len(answers), -1) if answers else data.reshape(0, 0)
        return cls(dict(zip(answers, rows, strict=True)), float(stored["strength"]))


def learn_head(questions: Floats, answers: NDArray[np.int64]) -> Head:
    """From questions as they are seen (n, dimensions) and the answer of each: full batches, Nesterov's momentum."""
    ids, of = np.unique(answers, return_inverse=True)
    scaled: Floats = (questions * np.float32(SCALE)).astype(np.float32)
    wanted: Floats = np.eye(len(ids), dtype=np.float32)[of]
    weights = np.zeros((questions.shape[1], len(ids)), dtype=np.float32)
    velocity: Floats = np.zeros_like(weights)
    with threadpool_limits(1, "blas"):  # more threads wait for one another on busy cores
        for _ in range(STEPS):
            ahead: Floats = (weights + MOMENTUM * velocity).astype(np.float32)
            missed = softmax((scaled @ ahead).astype(np.float32)) - wanted
            gradient: Floats = (scaled.T @ missed / len(questions) + DECAY * ahead).astype(np.float32)
            velocity = (MOMENTUM * velocity - RATE * gradient).astype(np.float32)
            weights += velocity
    rows = (weights.T * np.float32(SCALE)).astype(np.float32)
    own = np.einsum("nd,nd->n", questions, rows[of])
    return Head(dict(zip(map(int, ids), rows, strict=True)), float(own.mean()))


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    raised: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares
