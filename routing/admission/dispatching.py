"""Letting turns out: what the one dispatcher does."""

from collections.abc import Sequence

from routing.admission import scripts
from routing.admission.types import Dispatch, Tier

MOST_GRANTS = 500
UNUSED_SECONDS = 15.0
"""A grant that nobody has used for so long goes back to its place in line: its job was lost."""


async def dispatch(tiers: Sequence[Tier]) -> list[Dispatch]:
    """Of each tier: grant all that may go now, in order; hand out rechecks that are due; take back what was lost.

    The first in line is never overtaken; one that is larger than a bucket goes when the bucket is full. `next_due` is
    in seconds, 0 when there is more to grant, and at most 2 while anybody waits. One round trip. Raises RedisError.
    """
    arguments = [MOST_GRANTS, repr(UNUSED_SECONDS)]
    return [_dispatch(*each) for each in await scripts.run_for_each("dispatch", [(tier, arguments) for tier in tiers])]


def _dispatch(granted: list[bytes], recheck: list[bytes], due: bytes) -> Dispatch:
    return Dispatch([int(turn) for turn in granted], [int(turn) for turn in recheck], float(due) if due else None)
