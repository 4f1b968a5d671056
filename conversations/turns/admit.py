"""Admit: ask the models' rate tiers, best model first, whether one may take the turn now; else the turn is parked.

A model is passed over while its breaker is open. One whose line is longer than its tier's fall-over time is passed over
when another is free; when none is, the turn joins the shortest line that it may.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from conversations.turns import observing
from conversations.turns.claim import ClaimedTurn
from conversations.turns.counting import estimated
from conversations.turns.park import Parked, park_in_line, park_until
from conversations.turns.plan import Plan
from people.audiences import audience_for, audiences
from routing import breakers
from routing.admission import Admitted, Need, Tier, admit, leave, tiers_for
from routing.providers import ChatRequest, ErrorKind, ProviderError
from routing.ready import RoutedModel

ALL_DOWN = ProviderError(ErrorKind.OVERLOADED, "Every model was down. The providers' pages say what each of them said.")
SOONEST_RECHECK = 2.0  # seconds; a turn that found every line too long does not look again sooner


@dataclass(frozen=True)
class Choice:
    """A model that may take the turn, with what it would be asked; `factor` as in counting.factors."""

    model: RoutedModel
    request: ChatRequest
    factor: float = 1.0

    @property
    def need(self) -> Need:
        """Tokens, as far as they can be told beforehand; the tier learns how far off that is."""
        return Need(math.ceil(estimated(self.request) * self.factor), self.request.max_output_tokens)


@dataclass(frozen=True)
class Seat:
    """A choice and its tier: admitted, its reservation made."""

    choice: Choice
    tier: Tier


async def take_seat(turn: ClaimedTurn, choices: Sequence[Choice], plan: Plan) -> Seat:
    """The first choice that is let in. Raises Parked when none is, ProviderError when all have been down too long."""
    found = await breakers.allowed([choice.model.id for choice in choices])
    tiers = await tiers_for([(choice.model.id, choice.model.provider_id) for choice in choices])
    seats = [Seat(choice, tiers[choice.model.id]) for choice in choices if found[choice.model.id] is True]
    for choice in choices:
        if found[choice.model.id] is not True:
            observing.passed_over(turn, choice.model)
    if not seats:
        waits = [(float(found[choice.model.id]), tiers[choice.model.id]) for choice in choices]
        seconds, tier = min(waits, key=lambda wait: wait[0])
        await wait_for_recovery(turn, plan, tier, seconds, ALL_DOWN)
    seat = await _let_in(turn, seats, plan)
    for other in seats:
        if seat is None or other is not seat:
            await breakers.untried(other.choice.model.id)
    if seat is None:
        raise Parked
    return seat


async def _let_in(turn: ClaimedTurn, seats: list[Seat], plan: Plan) -> Seat | None:
    """The first seat that is free; None when the turn was parked. Raises LostTurn, RedisError."""
    since, alternatives = await _since(turn), len(seats) > 1
    lines: list[tuple[float, Seat]] = []
    for seat in sorted(seats, key=lambda seat: seat.tier.key != turn.parked_in):  # its grant is there
        asked = await admit(seat.tier, turn.id, seat.choice.need, since=since, join=False)
        if isinstance(asked, Admitted):
            await _leave_others(turn, seat.tier)
            return seat
        seconds = math.inf if asked.seconds is None else asked.seconds
        lines.append((seconds, seat))
        if not alternatives or not _too_long(seat.tier, seconds, plan):
            chosen = seat
            break
    else:
        chosen = min(lines, key=lambda found: found[0])[1]
    await _leave_others(turn, chosen.tier)
    await _join(turn, plan, chosen, since, alternatives=alternatives)
    return None


async def wait_for_recovery(turn: ClaimedTurn, plan: Plan, tier: Tier, seconds: float, cause: ProviderError) -> None:
    """Park until a model may be tried again. Raises Parked; `cause` when that has gone on for too long."""
    plan.failing_since = plan.failing_since or time.time()
    if plan.failed_for >= settings.OUTAGE_SECONDS:
        raise cause
    left = settings.OUTAGE_SECONDS - plan.failed_for
    await park_until(turn, plan, tier, max(min(seconds, left), 0.2))


def _too_long(tier: Tier, seconds: float, plan: Plan) -> bool:
    return tier.fall_over_seconds is not None and plan.waited + seconds > tier.fall_over_seconds


async def _leave_others(turn: ClaimedTurn, tier: Tier) -> None:
    if turn.parked_in and turn.parked_in != tier.key:
        await leave(turn.parked_in, turn.id)


async def _join(turn: ClaimedTurn, plan: Plan, seat: Seat, since: float, *, alternatives: bool) -> None:
    tier, need = seat.tier, seat.choice.need
    recheck = None
    if alternatives and tier.fall_over_seconds is not None:
        recheck = max(tier.fall_over_seconds - plan.waited, SOONEST_RECHECK)
    await park_in_line(turn, plan, tier, lambda: admit(tier, turn.id, need, since=since, recheck_after=recheck))


async def _since(turn: ClaimedTurn) -> float:
    audience = audience_for(turn.contact_key, turn.audience_id, await audiences())
    return turn.accepted_at.timestamp() - audience.head_start_seconds
