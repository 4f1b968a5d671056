"""What counts how much in recall. Measured with `python -m bench memory_quality`; see docs/architecture.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """Of the score of a memory or a message. `lexical` is a share: 1 is a memory that holds every word asked for."""

    lexical: float = 1.0
    meaning: float = 0.6  # of the cosine
    unknown: float = 0.2  # the cosine of what has no vector of the embedder in use
    importance: float = 0.08
    recency: float = 0.06
    recency_seconds: float = 30 * 86400.0  # to a third
    usefulness: float = 0.1  # of the share of its recalls that it was of use in
    by_whom: float = 0.15  # said by whom the question is about
    length: float = 0.1  # of 200 characters
    asks: float = 0.1  # taken from a message that asks: it holds no answer
    similar: float = 0.15  # the cosine from which a message without a common word is worth recalling
    newest: int = 10_000  # messages of a contact that are looked at
    closer: int = 150  # memories of a contact that are weighed exactly: the best by words and the signs of vectors


DEFAULT = Weights()
