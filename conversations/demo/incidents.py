"""What went wrong in the invented month: a slow provider one afternoon, and an outage some days later."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from conversations.demo.rhythm import SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

SLOW_DAYS_AGO, OUTAGE_DAYS_AGO = 9, 3


@dataclass(frozen=True)
class Incidents:
    """Begin and end of each, in seconds since 1970."""

    slow: tuple[float, float]
    outage: tuple[float, float]
    opened: float  # when the breaker took the model out, some minutes into the outage

    @classmethod
    def before(cls, midnight: int) -> "Incidents":
        """Those of the days before this midnight: an afternoon and a morning."""
        slow, outage = midnight - SLOW_DAYS_AGO * SECONDS, midnight - OUTAGE_DAYS_AGO * SECONDS
        return cls(
            (slow + 13.7 * 3600, slow + 16.2 * 3600),
            (outage + 10.2 * 3600, outage + 10.85 * 3600),
            outage + 10.2 * 3600 + 240,
        )

    def slowness(self, at: "Array") -> "Array":
        """By how much the large model's answers were slower: it came in minutes and went in minutes."""
        begin, end = self.slow
        return 1 + 6.5 * np.clip((at - begin) / 420, 0, 1) * np.clip((end - at) / 600, 0, 1)

    def out(self, at: "Array") -> "Array":
        """Whether the small model was out of order."""
        return (at >= self.outage[0]) & (at < self.outage[1])

    def open(self, at: "Array") -> "Array":
        """Whether it was known to be: others answered then."""
        return (at >= self.opened) & (at < self.outage[1] + 45)
