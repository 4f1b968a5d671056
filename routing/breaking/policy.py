"""When a breaker opens, for how long, and which errors are the model's to blame.

The pattern is "Circuit Breaker" of Nygard's *Release It!*; the share of failures in a time window of 10 s with at least
20 calls, and the 5 s before a probe, are Hystrix's; the half-open state with few calls let through is resilience4j's.

Simulated at 1, 5 and 67 calls a second, with successes told at the first token: a dead model was noticed after 6.4, 2.1
and 2.3 s; no opening for nothing with 2 or 10 % of calls failing, two an hour with 20 % at 5 a second; none when all
streams of one moment broke. Five in a row without `run_ms` opened for each such moment and 656 times an hour at 20 %;
the share without `calm_ms` up to 620 times, as quick failures overtake the successes of the same time.
"""

import enum
from dataclasses import dataclass

from routing.providers import ErrorKind, ProviderError


@dataclass(frozen=True)
class Policy:
    """Times are milliseconds, as breaker.lua keeps them.

    run, run_ms        failures in a row that open it, if they are spread over so long: a balancer that drops fifty
                       streams in one moment says nothing of the next call
    calls, share       or this share of failures among at least so many calls within `window_ms`,
    calm_ms            once the first of these failures is so old
    pause_ms           open for so long, doubled with each probe that fails up to `longest_ms`
    probe_ms           a probe that has not reported back after so long is taken for lost, and another let through
    glance_ms          while a probe is out, others look again after so long
    grace_ms           after a closing, errors that would open it at once are overlooked for so long: settings that
                       were just mended reach every process within two seconds (`routing.route`)
    kept_ms            a breaker that nothing happened to for so long is forgotten
    """

    run: int = 5
    run_ms: int = 1000
    calls: int = 20
    share: float = 0.5
    window_ms: int = 10_000
    calm_ms: int = 5000
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
