"""What each rule's turns came to. Turns belong to conversations, above us: who has them registers the counting here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

DAYS = 7


@dataclass(frozen=True)
class Figures:
    """Of one rule, or of the turns that no rule took: how many, dollars, the median seconds from asked to answered.

    `seconds` is None without an answered turn. `down`: answers that were rated down; `escalated`: turns after which
    the visitor got or asked for a person.
    """

    turns: int = 0
    cost: Decimal = Decimal(0)
    seconds: float | None = None
    down: int = 0
    escalated: int = 0


@dataclass(frozen=True)
class Week:
    """The last DAYS days. `cached` turns were answered before any rule was asked; they are in no other figure."""

    rules: Mapping[int, Figures] = field(default_factory=dict)
    otherwise: Figures = Figures()
    cached: Figures = Figures()

    @property
    def turns(self) -> int:
        """All of them: what shares are of."""
        return sum(each.turns for each in (*self.rules.values(), self.otherwise, self.cached))

    def share(self, figures: Figures) -> float:
        """Of all turns, 0 to 1; 0 where there was none."""
        return figures.turns / self.turns if self.turns else 0.0


_registered: list[Callable[[], Week]] = []


def register(counting: Callable[[], Week]) -> None:
    """Name who counts; the last one registered does. It must take one query, however many rules there are."""
    _registered[:] = [counting]


def week() -> Week:
    """The last DAYS days; nothing where nobody counts."""
    return _registered[0]() if _registered else Week()
