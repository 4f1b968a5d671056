"""What becomes of a running turn, and what the vendor says of its limits."""

import math
import random
from dataclasses import astuple

from routing.admission import scripts
from routing.admission.bell import ring
from routing.admission.running import running
from routing.admission.types import Tier
from routing.providers import VendorLimits

LONGEST_BLOCK = 3600.0
MOST_TOKENS = 10**8  # of one answer: a broken server must not put a tier into debt for ever


async def settle(tier: Tier, turn: int, *, usage: tuple[int, int, int] | None, seconds: float) -> None:
    """The answer is there: what was reserved becomes what was used (all input, cached of it, output).

    Without usage the reservation stands. `seconds` is how long the provider was kept busy. Raises RedisError.
    """
    tokens = ["", "", ""] if usage is None else [min(max(int(count), 0), MOST_TOKENS) for count in usage]
    await _finish(tier, turn, "settled", *tokens, repr(max(float(seconds), 0.0)), "")


async def abandon(tier: Tier, turn: int) -> None:
    """A running turn ended and nobody knows what it used: the reservation stands. Raises RedisError."""
    await _finish(tier, turn, "abandoned", "", "", "", "", "")


async def refused(tier: Tier, turn: int, retry_after: float | None) -> None:
    """A 429: the reservation comes back, and nobody goes for `retry_after` seconds, at most an hour.

    Unless it is known: from 1 s on, doubled each time. The tier's pace falls by a fifth, not below a tenth, and grows
    by 2 % each second, as somebody else may be using the key. Those that were under way together count once.
    Raises RedisError.
    """
    known = retry_after is not None and math.isfinite(retry_after)
    waits = repr(min(max(float(retry_after or 0), 0.0), LONGEST_BLOCK)) if known else ""
    await _finish(tier, turn, "refused", "", "", "", "", waits)


async def told(tier: Tier, limits: VendorLimits) -> None:
    """The headers of a response: levels fall to what is left there, less what is on its way. Raises RedisError."""
    words: list[object] = []
    for said in (limits.requests, limits.input_tokens, limits.output_tokens, limits.tokens):
        values = astuple(said)[:2] if said else (None, None)
        words += ["" if value is None else max(int(value), 0) for value in values]
    if any(word != "" for word in words):
        await scripts.run("told", tier, *words)


async def _finish(tier: Tier, turn: int, how: str, *words: object) -> None:
    running().remove(tier, turn)
    chance = repr(random.random())  # noqa: S311 - spreads retries
    if await scripts.run("finish", tier, scripts.member(turn), how, *words, chance):
        await ring(tier.key)
