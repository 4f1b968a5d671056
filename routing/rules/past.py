"""Turns of the past, as routing saw them. Conversations, above us, has them and registers who reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from routing.question import Question

MOST_TURNS = 5000
DAYS = 7


@dataclass(frozen=True)
class PastTurn:
    """An answered turn. `question` has no vector; its score and articles are those that were stored then.

    `answered_by`: see AnsweredBy. Tokens are None where no model answered; `cost` is dollars, None: not known.
    """

    id: int
    question: Question
    answered_by: str
    rule_id: int | None
    model_id: int | None
    model_name: str
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None


@dataclass(frozen=True)
class Past:
    """`turns` are a sample, even over time, of `total`; oldest first."""

    turns: Sequence[PastTurn] = ()
    total: int = 0


class Reading(Protocol):
    """Who reads turns. Both block."""

    def some(self, site_id: int | None, days: int, most: int) -> Past:
        """Answered turns of the last days; of this site only, unless it is None."""

    def one(self, turn_id: int | None, conversation: str, site_id: int | None) -> PastTurn | None:
        """The turn, or the last of the conversation (a UUID); None where there is none, or it is of another site."""


_registered: list[Reading] = []


def register_past(reading: Reading) -> None:
    """Name who reads; the last one registered does."""
    _registered[:] = [reading]


def past_turns(site_id: int | None = None, *, days: int = DAYS, most: int = MOST_TURNS) -> Past:
    """See Reading.some. None where nobody reads."""
    return _registered[0].some(site_id, days, most) if _registered else Past()


def one_past_turn(*, turn_id: int | None = None, conversation: str = "", site_id: int | None = None) -> PastTurn | None:
    """See Reading.one: answered or not. Raises ValueError for a conversation that is no UUID."""
    return _registered[0].one(turn_id, conversation, site_id) if _registered else None
