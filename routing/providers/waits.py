"""How long a vendor asks us to wait, read from the headers of its refusal."""

from collections.abc import Mapping

from routing.providers.header_values import http_date, number, seconds_until, server_time

LONGEST_WAIT = 3600.0
"""Seconds. A longer wait is no wait for a chat, and a wrong header must not park a tier for days."""

_RESETS = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait, from 0 to LONGEST_WAIT, or None when no header says it.

    Reads `retry-after-ms` (both vendors), `retry-after` as seconds or as a date (RFC 9110, 10.2.3), and
    otherwise the vendors' reset headers. `headers` must find names in lower case. Dates are compared
    with the server's own `date` header where there is one, so that a wrong clock here does no harm.
    """
    now = server_time(headers)
    for seconds in (_milliseconds(headers), _seconds_or_date(headers.get("retry-after", ""), now)):
        if seconds is not None:
            return sane_wait(seconds)
    seconds = _reset(headers, now)
    return None if seconds is None else sane_wait(seconds)


def sane_wait(seconds: float) -> float:
    """Return the seconds, kept between 0 and LONGEST_WAIT."""
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _milliseconds(headers: Mapping[str, str]) -> float | None:
    value = number(headers.get("retry-after-ms", ""))
    return None if value is None else value / 1000


def _seconds_or_date(text: str, now: float) -> float | None:
    value = number(text)
    if value is not None:
        return value
    stamp = http_date(text)
    return None if stamp is None else stamp - now


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """Return the longest reset of the limits that are used up; if none says so, the shortest reset."""
    used_up: list[float] = []
    others: list[float] = []
    for remaining, reset in _RESETS:
        seconds = seconds_until(headers.get(reset, ""), now)
        if seconds is not None:
            (used_up if number(headers.get(remaining, "")) == 0 else others).append(seconds)
    if used_up:
        return max(used_up)
    return min(others, default=None)
