"""How tiers stand at this moment, for the administrator."""

import math
from collections.abc import Sequence
from typing import Any

from routing.admission import scripts
from routing.admission.estimate import STATE_NAMES, Outlook, capacity, state_of
from routing.admission.types import LIMITS, Standing, Tier, Use

SLOT, REFUSED_SLOT = 10, 300  # seconds of one slot, see tier.lua and finish.lua


async def standing(tiers: Sequence[Tier]) -> list[Standing]:
    """Each tier's line, levels, use in the last minute and troubles; one round trip. Raises RedisError."""
    seen = await scripts.run_for_each("look", [(tier, ["0"]) for tier in tiers])
    return [_standing(tier, each) for tier, each in zip(tiers, seen, strict=True)]


def standing_now(tiers: Sequence[Tier]) -> list[Standing]:
    """The same for synchronous code (the admin)."""
    seen = scripts.run_for_each_now("look", tiers, "0") if tiers else []
    return [_standing(tier, each) for tier, each in zip(tiers, seen, strict=True)]


def _standing(tier: Tier, seen: list[Any]) -> Standing:
    outlook, state, now = Outlook.of(tier, seen), state_of(seen), float(seen[0])
    waiting = int(seen[3])
    return Standing(
        tier=tier,
        waiting=waiting,
        granted=int(seen[4]),
        running=int(seen[5]),
        held=int(seen[6]),
        uses=_uses(tier, outlook, _recent(seen[8], "used", SLOT, 6, now)),
        blocked_seconds=outlook.blocked,
        pace=outlook.pace,
        refused_last_hour=round(sum(_recent(seen[8], "refused", REFUSED_SLOT, 12, now))),
        mean_output=outlook.mean_output,
        mean_seconds=outlook.mean_seconds,
        empty_in=_empty_in(outlook, waiting, state),
        vendor={name: round(state[f"vendor:{short}"]) for name, short in _names() if f"vendor:{short}" in state},
    )


def _names() -> list[tuple[str, str]]:
    return list(zip(LIMITS, STATE_NAMES, strict=True))


def _uses(tier: Tier, outlook: Outlook, used: list[float]) -> dict[str, Use]:
    return {
        name: Use(limit, max(amount, 0.0), level, None if limit is None else capacity(limit, tier))
        for name, limit, amount, level in zip(LIMITS, tier.limits, used or [0.0] * 4, outlook.levels, strict=True)
    }


def _empty_in(outlook: Outlook, waiting: int, state: dict[str, float]) -> float | None:
    """Seconds until the last of the line may go."""
    if not waiting:
        return 0.0
    inputs, outputs = state.get("waiting:input", 0.0) * outlook.input_ratio, state.get("waiting:output", 0.0)
    expected = waiting * outlook.expected_output(outputs / waiting)
    share = (waiting - 1) / waiting
    own_output = outlook.reserved_output(outputs / waiting)
    before = (waiting - 1.0, inputs * share, expected * share, (inputs + expected) * share)
    return outlook.seconds(before, (1.0, inputs / waiting, own_output, inputs / waiting + own_output))


def _recent(flat: list[bytes], ring: str, seconds: int, slots: int, now: float) -> list[float]:
    """The sums of a ring's last `slots` slots; of the oldest, only the part that is not yet too long ago."""
    present, part = math.floor(now / seconds), now / seconds % 1
    sums: list[float] = []
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        if not name.startswith(f"{ring}:".encode()):
            continue
        slot, *amounts = map(float, value.split())
        age = present - slot
        if 0 <= age <= slots:
            weight = 1 - part if age == slots else 1.0
            sums = [old + weight * new for old, new in zip(sums or [0.0] * len(amounts), amounts, strict=True)]
    return sums
