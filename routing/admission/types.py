"""What admission takes and gives: plain values. Times are seconds, limits are for a minute."""

from dataclasses import dataclass, field
from typing import NamedTuple

LIMITS = ("requests", "input_tokens", "output_tokens", "tokens")
"""The names of the limits, in the order in which the scripts keep them. `tokens` is input and output together."""


@dataclass(frozen=True)
class Tier:
    """The limits in force for a line of turns; None is no limit. See `routing.models.RateTier`.

    `key` is "t<RateTier.pk>", or "m<Model.pk>" for a model without a tier: no limits, but a 429 still blocks it.
    `cached_is_free`: input that the vendor read from its cache does not count (Anthropic).
    """

    key: str
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    tokens: int | None = None
    concurrency: int | None = None
    burst_seconds: float = 2.0
    reserve_most: bool = False
    cached_is_free: bool = False
    fall_over_seconds: float | None = None
    late_seconds: float = 60.0

    @property
    def limits(self) -> tuple[int | None, int | None, int | None, int | None]:
        """In the order of LIMITS."""
        return self.requests, self.input_tokens, self.output_tokens, self.tokens


@dataclass(frozen=True)
class Need:
    """What a turn asks for: its input as estimated, and the most that its answer may have (max_output_tokens)."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Admitted:
    """The turn may ask the provider now. What its tier holds for it until it is settled."""

    input_tokens: float
    output_tokens: float


@dataclass(frozen=True)
class Waiting:
    """Not now. `place` counts those before it in this line; `seconds` None: there is nothing to tell it from.

    `entered`: whether it is in the line, or was only asking.
    """

    place: int
    seconds: float | None
    entered: bool


class Place(NamedTuple):
    """Where a waiting turn stands in its line. A tuple, as a line has thousands."""

    turn: int
    place: int
    seconds: float | None


@dataclass(frozen=True)
class Dispatch:
    """Turns to enqueue: with a grant, or to choose again. `next_due` None: nothing happens here by itself."""

    granted: list[int]
    recheck: list[int]
    next_due: float | None


@dataclass(frozen=True)
class Use:
    """A limit at work: used in the last minute, and what its bucket holds. `limit` None: not limited."""

    limit: int | None
    used: float
    level: float | None = None
    capacity: float | None = None


@dataclass(frozen=True)
class Standing:
    """A tier at this moment. `uses` goes by the names of LIMITS; `vendor` holds the limits that headers named."""

    tier: Tier
    waiting: int = 0
    granted: int = 0
    running: int = 0
    held: int = 0
    uses: dict[str, Use] = field(default_factory=dict)
    blocked_seconds: float = 0.0
    pace: float = 1.0
    refused_last_hour: int = 0
    mean_output: float | None = None
    mean_seconds: float | None = None
    empty_in: float | None = 0.0
    vendor: dict[str, int] = field(default_factory=dict)
