"""How long a line takes, from what the scripts keep of a tier. The formulas are those of tier.lua and line.lua."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Self

from routing.admission.types import LIMITS, Place, Tier

RECOVERY = 0.02  # of the pace, each second
EXPECTED_MARGIN = 1.3
STATE_NAMES = ("requests", "input", "output", "tokens")  # of LIMITS, as the scripts call them


@dataclass(frozen=True)
class Outlook:
    """A tier's buckets and means at one moment. `levels` None: no limit."""

    tier: Tier
    levels: tuple[float | None, ...]
    blocked: float
    pace: float
    busy: int
    mean_output: float | None
    mean_seconds: float | None
    input_ratio: float  # of the input that counts to what was estimated

    @classmethod
    def of(cls, tier: Tier, seen: list[Any]) -> Self:
        """From the answer of look.lua."""
        state = state_of(seen)
        estimated = state.get("mean:estimate", 0.0)
        ratio = min(max(state.get("mean:input", 0.0) / estimated, 0.01), 20.0) if estimated > 0 else 1.0
        levels = tuple(float(level) if level else None for level in seen[7])
        busy = int(seen[4]) + int(seen[5])
        means = state.get("mean:output"), state.get("mean:seconds")
        return cls(tier, levels, float(seen[1]), float(seen[2]), busy, *means, ratio)

    def expected_output(self, output: float) -> float:
        """What an answer with this limit will count for."""
        if self.tier.reserve_most:
            return output
        return output / 2 if self.mean_output is None else min(output, self.mean_output)

    def reserved_output(self, output: float) -> float:
        """What is held for it at first."""
        if self.tier.reserve_most or self.mean_output is None:
            return self.expected_output(output)
        return min(output, EXPECTED_MARGIN * self.mean_output)

    @cached_property
    def _bounds(self) -> list[tuple[int, float, float, float]]:
        """(which, rate a second, capacity, level when the block ends) of each limit that there is."""
        found = []
        for which, (limit, level) in enumerate(zip(self.tier.limits, self.levels, strict=True)):
            if limit is not None and level is not None:
                rate, full = limit / 60, capacity(limit, self.tier)
                refilled = min(level + rate * paced(self.blocked, self.pace), full)
                found.append((which, rate, full, max(level, refilled)))
        return found

    def seconds(self, before: tuple[float, ...], own: tuple[float, ...]) -> float | None:
        """Until a turn may go, by what those before it and it itself take of the four limits. None: unknown."""
        worth = 0.0
        for which, rate, full, level in self._bounds:
            needed = (before[which] + min(own[which], full) - level) / rate
            worth = max(worth, needed)
        return self._with_endings(self.blocked + unpaced(worth, self._pace_then), before[0])

    @cached_property
    def _pace_then(self) -> float:
        return min(1.0, self.pace + RECOVERY * self.blocked)

    def _with_endings(self, seconds: float, ahead: float) -> float | None:
        """Where only so many may run at once, some must have ended before."""
        most = self.tier.concurrency
        endings = 0 if most is None else ahead + 1 - max(most - self.busy, 0)
        if most is None or endings <= 0:
            return seconds
        return None if self.mean_seconds is None else max(seconds, endings * self.mean_seconds / most)


def places(outlook: Outlook, blob: bytes) -> list[Place]:
    """The line of look.lua with estimates."""
    words = blob.split()
    turns = list(map(int, words[::3]))
    inputs = [float(word) * outlook.input_ratio for word in words[1::3]]
    limits = [float(word) for word in words[2::3]]
    before_input = list(accumulate(inputs, initial=0.0))
    before_output = list(accumulate(map(outlook.expected_output, limits), initial=0.0))
    found = []
    for place, turn in enumerate(turns):
        own_output = outlook.reserved_output(limits[place])
        own = (1.0, inputs[place], own_output, inputs[place] + own_output)
        tokens = before_input[place] + before_output[place]
        before = (float(place), before_input[place], before_output[place], tokens)
        found.append(Place(turn, place, outlook.seconds(before, own)))
    return found


def capacity(limit: int, tier: Tier) -> float:
    """Of a bucket."""
    return max(limit / 60 * tier.burst_seconds, 1.0)


def paced(seconds: float, pace: float) -> float:
    """Seconds at full speed that the next `seconds` are worth while the pace recovers."""
    slow = min(seconds, (1 - pace) / RECOVERY)
    return pace * slow + RECOVERY / 2 * slow * slow + seconds - slow


def unpaced(worth: float, pace: float) -> float:
    """The way back from `paced`."""
    if pace >= 1:
        return worth
    recovering = (1 - pace) / RECOVERY
    recovered = paced(recovering, pace)
    if worth >= recovered:
        return recovering + worth - recovered
    return (math.sqrt(pace * pace + 2 * RECOVERY * worth) - pace) / RECOVERY


def state_of(seen: list[Any]) -> dict[str, float]:
    """The numbers of a tier's state, from the answer of look.lua."""
    flat = seen[8]
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return {name.decode(): float(value) for name, value in pairs if b" " not in value}


__all__ = ["LIMITS", "Outlook", "capacity", "places", "state_of"]
