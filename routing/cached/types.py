"""What cached answers say to the rest: plain values."""

from dataclasses import dataclass, field
from typing import Any

Source = dict[str, Any]


@dataclass(frozen=True)
class Hit:
    """An approved answer for the question. `confidence` is the gate's p (1.0 when exact)."""

    answer_id: int
    question_id: int
    text: str
    sources: list[Source]
    exact: bool
    confidence: float


@dataclass(frozen=True)
class Near:
    """One of the nearest answers: its stored question nearest to the one asked, and why it was not served.

    `similarity` is the highest cosine; `confidence` the gate's p of this answer, `threshold` what it must reach.
    """

    answer_id: int
    question_id: int
    question: str
    similarity: float
    confidence: float
    threshold: float
    refused_by: str

    def note(self) -> dict[str, Any]:
        """As JSON for the turn's row."""
        return {
            "answer": self.answer_id,
            "question": self.question[:200],
            "similarity": round(self.similarity, 3),
            "confidence": round(self.confidence, 3),
            "threshold": round(self.threshold, 3),
            "refused_by": self.refused_by,
        }


@dataclass(frozen=True)
class Lookup:
    """What a lookup found. `note` is for Turn.cache; `features` are the best answer's, for learning."""

    hit: Hit | None
    note: dict[str, Any]
    near: tuple[Near, ...] = ()
    features: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """For "Try a question": everything that was decided, in words and figures.

    `refused` says why nothing was looked up at all; empty when it was. `gate` is the live gate's id, None for the
    safe default.
    """

    normalised: str
    language: str
    refused: str
    hit: Hit | None
    near: tuple[Near, ...]
    features: dict[str, float]
    gate: int | None
    answers_in_scope: int
