"""When a breaker opens, for how long, and which errors are the model's to blame.

The pattern is "Circuit Breaker" of Nygard's *Release It!*; the failure rate over a time window with a least number of
calls, and letting calls through one by one while half-open, are resilience4j's; its numbers are too slow for a chat.
"""

import enum
from dataclasses import dataclass

from routing.providers import ErrorKind, ProviderError


@dataclass(frozen=True)
class Policy:
    """Times are milliseconds, as breaker.lua keeps them.

    run, run_ms        failures in a row that open it, if they are spread over so long: a balancer that drops fifty
                       streams in one moment says nothing of the next call
    calls, share       or this share of failures among at least so many calls within `window_ms`
    pause_ms           open for so long, doubled with each probe that fails up to `longest_ms`
    probe_ms           a probe that has not reported back after so long is taken for lost, and another let through
    glance_ms          while a probe is out, others look again after so long
    grace_ms           after a closing, errors that would open it at once are overlooked for so long: settings that
                       were just mended reach every process within two seconds (`routing.route`)
    kept_ms            a breaker that nothing happened to for so long is forgotten
    """

    run: int = 5
    run_ms: int = 1000
    calls: int = 10
    share: float = 0.5
    window_ms: int = 30_000
    pause_ms: int = 5000
    longest_ms: int = 60_000
    probe_ms: int = 20_000
    glance_ms: int = 2000
    grace_ms: int = 3000
    kept_ms: int = 600_000


class Blame(enum.Enum):
    """What an error says of the model."""

    FAILED = "failed"  # it is to blame, and may be better in a moment
    BROKEN = "broken"  # nothing will help until somebody acts
    ANSWERED = "answered"  # it is well: the request, or our haste, was at fault
    NOT_ASKED = "not asked"  # it was never reached


BROKEN_SECONDS = 60.0
"""Open for so long after an error that passes only when somebody acts."""

_BROKEN = frozenset({ErrorKind.AUTH, ErrorKind.NOT_FOUND, ErrorKind.QUOTA})


def blame(error: ProviderError) -> Blame:
    """Judge an error. A rate limit is admission's business, not the breaker's."""
    if error.kind in _BROKEN:
        return Blame.BROKEN
    if error.retryable and error.kind is not ErrorKind.RATE_LIMITED:
        return Blame.FAILED
    return Blame.ANSWERED if error.status is not None else Blame.NOT_ASKED


def least_pause(error: ProviderError) -> float:
    """Return the seconds that an opening lasts at least: what the vendor asks for, or BROKEN_SECONDS."""
    return BROKEN_SECONDS if error.kind in _BROKEN else error.retry_after or 0.0
