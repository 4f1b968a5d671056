"""Ranges of numbers, for conditions that compare one."""

import math
from dataclasses import dataclass
from typing import Self, TypeGuard

from routing.rules.conditions.base import Condition
from routing.rules.fields import trouble


@dataclass(frozen=True)
class Range:
    """From `low`, included, up to `high`, excluded."""

    low: float = -math.inf
    high: float = math.inf

    @classmethod
    def of(cls, least: float | None, below: float | None) -> Self:
        """None: without that end."""
        return cls(-math.inf if least is None else least, math.inf if below is None else below)

    def __contains__(self, value: float) -> bool:
        return self.low <= value < self.high

    def covers(self, other: "Range") -> bool:
        """Whether all of the other is in it."""
        return self.low <= other.low and other.high <= self.high

    def excludes(self, other: "Range") -> bool:
        """Whether they have nothing in common."""
        return self.high <= other.low or other.high <= self.low


class Ranged(Condition):
    """A condition that compares a number of the message with `range`; so what it implies can be told."""

    @property
    def range(self) -> Range:
        """What the number must lie in."""
        raise NotImplementedError

    def of_same_measure(self, other: Condition) -> TypeGuard["Ranged"]:
        """Whether both compare the same number."""
        return isinstance(other, type(self))

    def covers(self, other: Condition) -> bool:
        """A wider range."""
        return self.of_same_measure(other) and self.range.covers(other.range)

    def excludes(self, other: Condition) -> bool:
        """Ranges with nothing in common."""
        return self.of_same_measure(other) and self.range.excludes(other.range)


def check_ends(least: float | None, most: float | None, names: tuple[str, str], *, equal_is_fine: bool) -> None:
    """Raise ValidationError where there is no end, or none of the numbers lies between the two."""
    if least is None and most is None:
        raise trouble(names[0], "Write the lower end, the upper end, or both.")
    if least is not None and most is not None and (least > most or (least == most and not equal_is_fine)):
        raise trouble(names[1], f"This must be above the lower end ({least:g}): no message could meet both.")


def range_words(least: float | None, most: float | None, unit: str, upper: str = "at most") -> str:
    """For people: "at least 3 and at most 10 words"."""
    ends = [f"at least {least:g}"] if least is not None else []
    ends += [f"{upper} {most:g}"] if most is not None else []
    return f"{' and '.join(ends)}{unit}"
