"""How long a vendor asks us to wait, read from the headers of its refusal."""

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0
"""Seconds. A longer wait is no wait for a chat, and a wrong header must not park a tier for days."""

_GO_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|[dhms])")
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
    now = _server_time(headers)
    for seconds in (_milliseconds(headers), _seconds_or_date(headers.get("retry-after", ""), now)):
        if seconds is not None:
            return _sane(seconds)
    seconds = _reset(headers, now)
    return None if seconds is None else _sane(seconds)


def _sane(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _server_time(headers: Mapping[str, str]) -> float:
    stamp = _date(headers.get("date", ""))
    return time.time() if stamp is None else stamp


def _milliseconds(headers: Mapping[str, str]) -> float | None:
    value = _number(headers.get("retry-after-ms", ""))
    return None if value is None else value / 1000


def _seconds_or_date(text: str, now: float) -> float | None:
    value = _number(text)
    if value is not None:
        return value
    stamp = _date(text)
    return None if stamp is None else stamp - now


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """Return the longest reset of the limits that are used up; if none says so, the shortest reset."""
    used_up: list[float] = []
    others: list[float] = []
    for remaining, reset in _RESETS:
        seconds = _duration_or_date(headers.get(reset, ""), now)
        if seconds is not None:
            (used_up if _number(headers.get(remaining, "")) == 0 else others).append(seconds)
    if used_up:
        return max(used_up)
    return min(others, default=None)


def _duration_or_date(text: str, now: float) -> float | None:
    """Read OpenAI's durations ("1m30s", "120ms"), bare seconds, or Anthropic's RFC 3339 times."""
    value = _number(text)
    if value is not None:
        return value
    parts = _GO_PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _GO_UNITS[unit] for number, unit in parts)
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp() - now


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _date(text: str) -> float | None:
    try:
        stamp = parsedate_to_datetime(text)
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
