"""Numbers, durations and dates in the headers of vendors. What cannot be read is None, never an error."""

import functools
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_GO_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|[dhms])")


def number(text: str) -> float | None:
    """Return a finite number."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@functools.lru_cache(maxsize=64)  # the answers of one second have the same
def http_date(text: str) -> float | None:
    """Return an HTTP date (RFC 9110, 5.6.7) as a Unix time."""
    try:
        return _unix(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def server_time(headers: Mapping[str, str]) -> float:
    """Return the server's own clock, or ours where it does not tell. Dates of its headers are compared with this,
    so that a clock far off, here or there, does no harm."""
    stamp = http_date(headers.get("date", ""))
    return time.time() if stamp is None else stamp


def seconds_until(text: str, now: float) -> float | None:
    """Read OpenAI's durations ("1m30s", "120ms"), bare seconds, or Anthropic's RFC 3339 times."""
    value = number(text)
    if value is not None or not text:
        return value
    parts = _GO_PART.findall(text)
    if parts and "".join(amount + unit for amount, unit in parts) == text:
        return sum(float(amount) * _GO_UNITS[unit] for amount, unit in parts)
    try:
        return _unix(datetime.fromisoformat(text)) - now
    except (ValueError, OverflowError):
        return None


def _unix(stamp: datetime) -> float:
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
