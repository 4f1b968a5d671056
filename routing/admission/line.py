"""A tier's line: to be admitted, to wait in it, to leave it."""

import math
from collections.abc import Iterable, Sequence

from parley.pools import redis
from routing.admission import estimate, scripts
from routing.admission.bell import ring
from routing.admission.running import running
from routing.admission.tiers import is_known, tier_named
from routing.admission.types import Admitted, Need, Place, Tier, Waiting

MOST_TOKENS = 10**9


async def admit(
    tier: Tier,
    turn: int,
    need: Need,
    *,
    since: float,
    join: bool = True,
    recheck_after: float | None = None,
    patience: float | None = None,
) -> Admitted | Waiting:
    """Let the turn ask the provider now, or put it in line; one round trip.

    A turn that holds a grant goes, unless the vendor refused another since. Any other goes when nobody waits who was
    accepted before it (`since`: epoch seconds, a head start taken off; ties go by number), every limit has room, and
    no 429 blocks the tier. Else, with `join`, it waits at its place; with `patience` only where the estimate is no
    longer, or unknown. To enter again changes nothing but the need. After `recheck_after` seconds `dispatch` hands it
    out without a grant, still in line, so that its worker can choose another model.

    An admitted turn is running until `settle`, `refused` or `abandon`. Raises RedisError; ValueError for a time that
    is none.
    """
    if not math.isfinite(since):
        raise ValueError(f"since={since} is no time: give seconds of the epoch.")
    arguments: list[object] = [
        scripts.member(turn),
        repr(float(since)),
        _tokens(need.input_tokens),
        _tokens(need.output_tokens),
    ]
    arguments += [f"{join:d}", _seconds(recheck_after), _seconds(patience)]
    goes, *rest = await scripts.run("admit", tier, *arguments)
    if goes:
        running().add(tier, turn)
        return Admitted(float(rest[0]), float(rest[1]))
    place, seconds, entered, wake = rest
    if wake:
        await ring(tier.key)
    return Waiting(int(place), float(seconds) if seconds else None, bool(entered))


async def hold(tier: Tier, turn: int, seconds: float) -> None:
    """Not in line, but handed out by `dispatch` after so long: every model is down. Raises RedisError."""
    if await scripts.run("leave", tier, scripts.member(turn), _seconds(seconds)):
        await ring(tier.key)


async def leave(tier_key: str, turn: int) -> None:
    """Take a turn that is over, or that goes elsewhere, out of the line; its grant goes back, the next may go.

    Whoever finds a turn handed out that needs nothing any more calls this, or it is handed out again. A running one
    is left alone. Raises RedisError.
    """
    if await scripts.run("leave", await tier_named(tier_key), scripts.member(turn), ""):
        await ring(tier_key)


async def lines(tiers: Sequence[Tier]) -> list[list[Place]]:
    """Everybody who waits for each tier, in order, with an estimate of the seconds until each may go.

    One round trip. Raises RedisError.
    """
    looks = await scripts.run_for_each("look", [(tier, ["1"]) for tier in tiers])
    return [estimate.places(estimate.Outlook.of(*of), of[1][9]) for of in zip(tiers, looks, strict=True)]


async def entered(tier_key: str, turns: Iterable[int]) -> set[int]:
    """Which of these wait, are granted, held, or running. Nobody is in the line of a tier that was deleted.

    Raises RedisError.
    """
    asked = list(turns)
    names = dict(zip(scripts.KEYS, scripts.keys(tier_key), strict=True))
    if not asked:
        return set()
    if not await is_known(tier_key):
        await redis().unlink(*names.values())
        return set()
    pipe = redis().pipeline(transaction=False)
    members = [scripts.member(turn) for turn in asked]
    for name in ("waiting", "granted", "running", "recheck"):
        pipe.zmscore(names[name], members)
    found = zip(asked, zip(*await pipe.execute(), strict=True), strict=True)
    return {turn for turn, scores in found if any(score is not None for score in scores)}


def _tokens(count: int) -> int:
    return min(max(int(count), 0), MOST_TOKENS)


def _seconds(seconds: float | None) -> str:
    """For a script; '' for none or without end."""
    return "" if seconds is None or not math.isfinite(seconds) else repr(max(float(seconds), 0.0))
