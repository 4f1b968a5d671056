"""A decision: what routing says of a turn. Plain values, kept in the turn's plan and shown in its transcript."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self


class Way(StrEnum):
    """How a turn is answered."""

    MODELS = "models"
    TEXT = "text"
    HANDOVER = "handover"


@dataclass(frozen=True)
class Decision:
    """The way, and what it needs.

    `rule_id` None: no rule held, the built-in choice decided. `models`: ids, best first; empty there: all that are
    ready, ordered by `small_first` (None: neither size is preferred). `score` and `threshold` are the classifier's, of
    its version `classifier` (None: the starter weights). `free_only`: a budget is used up. `why`: a line for each
    reason, for people.
    """

    way: Way = Way.MODELS
    rule_id: int | None = None
    rule: str = ""
    models: tuple[int, ...] = ()
    small_first: bool | None = None
    free_only: bool = False
    temperature: float | None = None
    max_output_tokens: int | None = None
    instructions: str = ""
    text: str = ""
    score: float | None = None
    threshold: float | None = None
    classifier: int | None = None
    why: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {name: getattr(self, name) for name in _NAMES}  # plain values: nothing to be copied in depth

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Raises TypeError, ValueError, KeyError for what another version of Parley wrote."""
        if unknown := set(kept).difference(_NAMES):
            raise KeyError(f"A decision knows no {', '.join(sorted(unknown))}.")
        lists = {"way": Way(kept["way"]), "models": tuple(kept["models"]), "why": tuple(kept["why"])}
        return cls(**{**kept, **lists})


_NAMES = tuple(field.name for field in fields(Decision))
