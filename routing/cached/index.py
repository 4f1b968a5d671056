"""Approved answers and their questions in memory: what one process holds, and how the nearest are found in it.

The answers of one site, and those of all sites, are a part each. A search looks at every answer's centroid in a few
dimensions first and then, exactly, at the questions of the best ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from routing.cached.types import Source
from routing.question import Question

Floats = NDArray[np.float32]
CLOSER_LOOK = 16  # answers whose questions are compared exactly
FEW = 1500  # answers; up to here every centroid is compared in all its dimensions
SMALL = 64  # dimensions of the first comparison beyond that


@dataclass(frozen=True)
class Stored:
    """A stored question. `vector` is float16, None where it is missing or of another embedder."""

    id: int
    text: str
    normalised: str
    vector: NDArray[np.float16] | None = None


@dataclass(frozen=True)
class Answer:
    """An approved answer as it is served. `audiences` are ids, empty for everybody; times are POSIX seconds."""

    id: int
    text: str
    questions: tuple[Stored, ...]
    site_id: int | None = None
    language: str = ""
    audiences: frozenset[int] = frozenset()
    sources: list[Source] = field(default_factory=list)
    valid_from: float = float("-inf")
    valid_until: float = float("inf")
    offset: float = 0.0
    wrong: tuple[NDArray[np.float16], ...] = ()  # questions for which it was judged wrong

    def open_to(self, question: Question) -> bool:
        """Whether it may be served to who asks, in their language, at this time."""
        return (
            self.valid_from <= question.asked_at.timestamp() < self.valid_until
            and (not self.audiences or question.audience_id in self.audiences)
            and self.speaks(question.language)
        )

    def speaks(self, language: str) -> bool:
        """Whether it may be served in that language; one too short to tell is taken for the answer's own."""
        return not self.language or not language or self.language.partition("-")[0] == language


@dataclass
class Part:
    """The answers of one site, or of all sites. Rows of `vectors` are questions, in blocks by answer."""

    answers: list[Answer]
    questions: list[Stored]
    starts: NDArray[np.int64]  # (answers + 1): where each answer's block begins
    vectors: NDArray[np.float16]  # (questions, dimensions)
    centroids: Floats  # (dimensions of the basis, answers), L2-normalised before they were reduced
    lengths: Floats  # (answers): of the sums of their questions' vectors
    exact: dict[str, list[tuple[int, int]]]  # normalised: (answer's place, question's id)
    masks: dict[tuple[str, int], NDArray[np.bool_] | None] = field(default_factory=dict)  # None: all of them
    times: NDArray[np.float64] | None = None  # (answers, 2): from and until; None where all are always valid

    def allowed(self, question: Question) -> NDArray[np.bool_] | None:
        """Which answers may be served to who asks; None: all."""
        key = question.language, question.audience_id
        if key not in self.masks:
            open_to = [a.speaks(key[0]) and (not a.audiences or key[1] in a.audiences) for a in self.answers]
            self.masks[key] = None if all(open_to) else np.array(open_to, dtype=bool)
        mask = self.masks[key]
        if self.times is None:
            return mask
        now = question.asked_at.timestamp()
        found: NDArray[np.bool_] = (self.times[:, 0] <= now) & (now < self.times[:, 1])
        return found if mask is None else found & mask


@dataclass
class Candidates:
    """The answers that were looked at closely, and the cosines of their questions in blocks."""

    answers: list[Answer]
    questions: list[Stored]
    starts: NDArray[np.int64]  # (answers): where each block begins
    cosines: Floats  # (questions)
    vectors: Floats  # (questions, dimensions)
    lengths: Floats  # (answers): of the sums of their vectors
    vector: Floats  # the question's
    text: str

    def without(self, normalised: str) -> "Candidates | None":
        """The same as if this very question were not stored; None when nothing is left."""
        keep = np.array([stored.normalised != normalised for stored in self.questions])
        if keep.all():
            return self
        counts = np.add.reduceat(keep.astype(np.int64), self.starts)
        if not counts.any():
            return None
        starts, vectors = np.cumsum(np.append(0, counts[counts > 0]))[:-1], self.vectors[keep]
        return Candidates(
            [answer for answer, count in zip(self.answers, counts, strict=True) if count],
            [stored for stored, kept in zip(self.questions, keep, strict=True) if kept],
            starts,
            self.cosines[keep],
            vectors,
            np.maximum(np.linalg.norm(_sums(vectors, starts), axis=1), 1e-6).astype(np.float32),
            self.vector,
            self.text,
        )


@dataclass
class Index:
    """Everything that a process holds. `basis` reduces a vector for the first look; None: nothing is reduced."""

    embedder: str
    parts: dict[int | None, Part]
    basis: Floats | None

    def of(self, site_id: int) -> list[Part]:
        """The parts that a site's contacts are served from: its own first."""
        return [part for key in (site_id, None) if (part := self.parts.get(key)) is not None]

    def exact(self, question: Question, normalised: str) -> tuple[Answer, int] | None:
        """The one answer with this very question, and the question's id; none where two answers disagree."""
        for part in self.of(question.site_id):
            found = dict(part.exact.get(normalised, ()))
            fitting = [(part.answers[place], stored) for place, stored in found.items()]
            if fitting := [one for one in fitting if one[0].open_to(question)]:
                return fitting[0] if len({answer.text for answer, _ in fitting}) == 1 else None
        return None

    def in_scope(self, question: Question) -> int:
        """How many answers may be served to who asks."""
        found = ((part, part.allowed(question)) for part in self.of(question.site_id))
        return sum(len(part.answers) if allowed is None else int(allowed.sum()) for part, allowed in found)

    def nearest(self, question: Question, vector: Floats, most: int = CLOSER_LOOK) -> Candidates | None:
        """The questions of the `most` answers whose centroids are nearest, or None when no answer is in scope."""
        small = vector if self.basis is None else vector @ self.basis
        found = [(part, _best(part, small, part.allowed(question), most)) for part in self.of(question.site_id)]
        blocks = [(part, int(place)) for part, places in found for place in places]
        return _closely(blocks, question.text, vector) if blocks else None


def _best(part: Part, small: Floats, allowed: NDArray[np.bool_] | None, most: int) -> NDArray[np.int64]:
    searched = part.centroids.shape[1]
    if not searched:
        return np.empty(0, dtype=np.int64)
    # Not BLAS: its threads wait for one another, on busy cores for tens of milliseconds.
    scores = np.einsum("d,dn->n", small, part.centroids)
    if allowed is not None:
        scores[~allowed[:searched]] = -2.0
    best = np.arange(searched) if searched <= most else np.argpartition(scores, searched - most)[-most:]
    return np.sort(best if allowed is None else best[scores[best] > -2.0])


def _closely(blocks: Sequence[tuple[Part, int]], text: str, vector: Floats) -> Candidates:
    answers = [part.answers[place] for part, place in blocks]
    spans = [(part, int(part.starts[place]), int(part.starts[place + 1])) for part, place in blocks]
    vectors = np.concatenate([part.vectors[first:last] for part, first, last in spans]).astype(np.float32)
    questions = [stored for part, first, last in spans for stored in part.questions[first:last]]
    starts = np.cumsum([0] + [last - first for _, first, last in spans])[:-1]
    lengths = np.array([part.lengths[place] for part, place in blocks], dtype=np.float32)
    cosines = np.einsum("nd,d->n", vectors, vector)
    return Candidates(answers, questions, starts, cosines, vectors, lengths, vector, text)


def build(answers: Iterable[Answer], embedder: str, dimensions: int) -> Index:
    """An index of the answers. Those without any vector are found by the exact stage only."""
    by_site: dict[int | None, list[Answer]] = {}
    for answer in answers:
        by_site.setdefault(answer.site_id, []).append(answer)
    parts = {site: _part(rows, dimensions) for site, rows in by_site.items()}
    basis = _basis(list(parts.values()))
    if basis is not None:
        for part in parts.values():
            part.centroids = np.ascontiguousarray(basis.T @ part.centroids)
    return Index(embedder, parts, basis)


def _part(rows: list[Answer], dimensions: int) -> Part:
    rows = sorted(rows, key=lambda answer: not any(stored.vector is not None for stored in answer.questions))
    exact: dict[str, list[tuple[int, int]]] = {}
    for place, answer in enumerate(rows):
        for stored in answer.questions:
            exact.setdefault(stored.normalised, []).append((place, stored.id))
    known = [[stored for stored in answer.questions if stored.vector is not None] for answer in rows]
    searched = sum(1 for block in known if block)
    questions = [stored for block in known for stored in block]
    starts = np.cumsum([0] + [len(block) for block in known[:searched]])
    vectors = np.array([stored.vector for stored in questions], dtype=np.float16).reshape(-1, dimensions)
    times = np.array([(answer.valid_from, answer.valid_until) for answer in rows], dtype=float).reshape(-1, 2)
    bounded = times if np.isfinite(times).any() else None
    sums = _sums(vectors.astype(np.float32), starts[:-1])
    lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-6).astype(np.float32)
    return Part(
        rows,
        questions,
        starts,
        vectors,
        np.ascontiguousarray((sums / lengths[:, None]).T),
        lengths,
        exact,
        times=bounded,
    )


def _sums(vectors: Floats, starts: NDArray[np.int64]) -> Floats:
    """Of each block of rows."""
    return np.add.reduceat(vectors, starts, axis=0) if len(vectors) else vectors[:0]


def _basis(parts: Sequence[Part]) -> Floats | None:
    """The directions in which the centroids differ most (principal components, uncentred)."""
    if max((part.centroids.shape[1] for part in parts), default=0) <= FEW:
        return None
    gram = sum(part.centroids @ part.centroids.T for part in parts)
    _, directions = np.linalg.eigh(gram)
    basis: Floats = np.ascontiguousarray(directions[:, ::-1][:, :SMALL], dtype=np.float32)
    return basis


def seconds(moment: datetime | None, otherwise: float) -> float:
    """A moment as POSIX seconds."""
    return otherwise if moment is None else moment.timestamp()
