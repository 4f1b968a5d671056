"""What follows from a failure: whether it counts, whether it is final, how it is tried next, and when."""

import random
from dataclasses import dataclass
from datetime import timedelta

from routing.models import BatchItem
from routing.providers import ErrorKind, ProviderError

MOST_FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 3600.0
NEXT_WAY = {
    BatchItem.Way.BATCH: BatchItem.Way.COMBINED,
    BatchItem.Way.COMBINED: BatchItem.Way.ALONE,
    BatchItem.Way.ALONE: BatchItem.Way.ALONE,
}
_OUR_BUSINESS = frozenset({ErrorKind.AUTH, ErrorKind.NOT_FOUND, ErrorKind.QUOTA, ErrorKind.RATE_LIMITED})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no reply yet.

    counts  towards giving it up: not what is wrong with the provider's settings or load, which somebody may mend
    final   trying again is no use
    way     how it is asked next; None: as before
    wait    seconds that the vendor asks for
    """

    message: str
    counts: bool = True
    final: bool = False
    way: BatchItem.Way | None = None
    wait: float | None = None


EXPIRED = Failure("The batch's time ran out before its turn came.", counts=False, way=BatchItem.Way.COMBINED)
CANCELLED = Failure("The batch was cancelled before its turn came.", counts=False, way=BatchItem.Way.COMBINED)
MISSING = Failure("The results hold nothing about it.", way=BatchItem.Way.ALONE)


def of_error(error: ProviderError, *, alone: bool) -> Failure:
    """Judge a provider's error. `alone`: it was about this one request and no other."""
    about_it = error.kind in (ErrorKind.BAD_REQUEST, ErrorKind.CONTEXT_LENGTH)
    return Failure(
        str(error),
        counts=error.kind not in _OUR_BUSINESS,
        final=alone and about_it,
        way=None if alone or not about_it else BatchItem.Way.ALONE,
        wait=error.retry_after,
    )


def pause(attempts: int, wait: float | None = None) -> timedelta:
    """How long until the next try, after so many: doubled each time, spread by a fifth, at most about an hour."""
    seconds = min(FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10), LONGEST_PAUSE)
    spread = random.uniform(0.8, 1.2)  # noqa: S311 - so that not all come back at once
    return timedelta(seconds=max(seconds * spread, wait or 0.0))
