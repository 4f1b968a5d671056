"""What is bad and for how long it must be: the part of a rule that points are held against. Pure values, no rows."""

from dataclasses import dataclass

from observability.models.alerts import Direction

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Condition:
    """`hold` and `resolve` are minutes; `threshold` is in the figure's unit. A value at the threshold is good."""

    direction: Direction
    threshold: float
    hold: int
    resolve: int
    window: int

    def bad(self, value: float) -> bool:
        """Whether the value is on the wrong side."""
        return value > self.threshold if self.direction == Direction.ABOVE else value < self.threshold

    def worse(self, one: float, other: float) -> float:
        """The one of two values that lies farther on the wrong side."""
        return max(one, other) if self.direction == Direction.ABOVE else min(one, other)


@dataclass(frozen=True, slots=True)
class Point:
    """What the window that ends at `at` (unix seconds) says. None: nothing can be said, for want of observations."""

    at: int
    value: float | None
    observations: int = 0
