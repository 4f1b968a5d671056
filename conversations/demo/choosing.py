"""Which of the drawn conversations become rows: many of the last two days, fewer of older ones, more of an incident."""

from typing import TYPE_CHECKING, Any

import numpy as np

from conversations.demo.drawing import Turns
from conversations.demo.incidents import Incidents

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEW, OLD, TROUBLED = 1500, 150, 400  # conversations of one of the last two days, of a day before, of an incident
RECENT = 2 * 86400


def chosen(turns: Turns, incidents: Incidents, now: float, random: np.random.Generator) -> "NDArray[Any]":
    """Whether each turn's conversation is one of them."""
    count = int(turns.talk.max()) + 1 if len(turns) else 0
    if not count:
        return np.zeros(0, dtype=bool)
    recent = bool(turns.at.max() > now - RECENT)
    kept = random.random(count) < (NEW if recent else OLD) / count
    inside = np.zeros(count, dtype=bool)
    inside[turns.talk[(incidents.slowness(turns.at) > 2) | incidents.out(turns.at)]] = True
    kept |= inside & (random.random(count) < TROUBLED / max(int(inside.sum()), 1))
    return kept[turns.talk]
