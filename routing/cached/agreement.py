"""Which of many answers to one question says what most of them say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routing.vectors import local_embedder

if TYPE_CHECKING:
    from routing.cached.suggestions import Asked

ALIKE = 0.85  # cosine of two answers that say the same
LOOKED_AT = 40  # answers of a question, the newest
READ = 1500  # characters of an answer
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LIST_NUMBER = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)


@dataclass(frozen=True)
class Agreed:
    """The turn whose answer most others say too, and their share of all, itself included."""

    turn: "Asked"
    share: float


def most_consistent(turns: Sequence["Asked"]) -> Agreed:
    """Of at least one turn. Answers are alike that are near by meaning and have no numbers against each other."""
    looked_at = list(turns[:LOOKED_AT])
    vectors = local_embedder().embed_all([turn.answer[:READ] for turn in looked_at])
    near = vectors @ vectors.T >= ALIKE
    numbers = [_numbers(turn.answer) for turn in looked_at]
    for one, these in enumerate(numbers):
        near[one] &= [these <= those or those <= these for those in numbers]
    np.fill_diagonal(near, val=True)
    best = int(near.sum(axis=1).argmax())
    return Agreed(looked_at[best], round(float(near[best].mean()), 4))


def _numbers(answer: str) -> set[str]:
    return set(NUMBER.findall(LIST_NUMBER.sub("", answer)))
