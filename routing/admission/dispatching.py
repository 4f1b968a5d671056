"""Letting turns out: what the one dispatcher does for each tier."""

from routing.admission import scripts
from routing.admission.types import Dispatch, Tier

MOST_GRANTS = 500
UNUSED_SECONDS = 15.0
"""A grant that nobody has used for so long goes back to its place in line: its job was lost."""


async def dispatch(tier: Tier) -> Dispatch:
    """Grant all that may go now, in order; hand out rechecks that are due; take back what was lost.

    The first in line is never overtaken; one that is larger than a bucket goes when the bucket is full. `next_due` is
    in seconds, 0 when there is more to grant, and at most 2 while anybody waits. Raises RedisError.
    """
    granted, recheck, due = await scripts.run("dispatch", tier, MOST_GRANTS, repr(UNUSED_SECONDS))
    return Dispatch([int(turn) for turn in granted], [int(turn) for turn in recheck], float(due) if due else None)
