"""What a vendor's headers tell of the account's limits, on answers as well as on refusals.

Sources: "Rate limits" of Anthropic's and of OpenAI's documentation, both under "Response headers".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from routing.providers.header_values import number, seconds_until, server_time
from routing.providers.waits import sane_wait

MOST = 1e12
"""A greater count is how gateways say that there is no limit."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of one limit after the request that the headers came with.

    limit          how much it allows, None when not told. The time that it counts over is not told at all: mostly
                   a minute, but of requests a day for small accounts of OpenAI and at Groq
    remaining      0 or more. Anthropic rounds tokens to thousands
    reset_seconds  until all of it is there again, 0 to 3600; None when not told
    """

    limit: int | None
    remaining: int
    reset_seconds: float | None


@dataclass(frozen=True, slots=True)
class VendorLimits:
    """The limits that the headers name; None for each that they do not.

    `tokens` is input and output together: OpenAI's only token limit. Anthropic gives there whichever of its
    token limits is the tightest, and the others beside it.
    """

    requests: Quota | None = None
    input_tokens: Quota | None = None
    output_tokens: Quota | None = None
    tokens: Quota | None = None


def limits_in(headers: Mapping[str, str]) -> VendorLimits | None:
    """Return the limits that the headers tell of, or None when they tell of none. What cannot be read is left out."""
    told = dict(_limit_headers(headers))
    if not told:
        return None
    now = server_time(headers)
    quotas = {field: quota for field, names in _NAMES if (quota := _quota(told, names, now)) is not None}
    return VendorLimits(**quotas) if quotas else None


_PARTS = ("limit", "remaining", "reset")
_OPENAI = tuple((name, tuple(f"x-ratelimit-{part}-{name}" for part in _PARTS)) for name in ("requests", "tokens"))
_ANTHROPIC = tuple(
    (name, tuple(f"anthropic-ratelimit-{name.replace('_', '-')}-{part}" for part in _PARTS))
    for name in ("requests", "input_tokens", "output_tokens", "tokens")
)
_NAMES = _OPENAI + _ANTHROPIC


def _limit_headers(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the few headers that concern us: looking up a dozen names in an SDK's Headers costs more."""
    for name, value in headers.items():
        if "-ratelimit-" in name:
            yield name, value


def _quota(told: Mapping[str, str], names: tuple[str, ...], now: float) -> Quota | None:
    limit, remaining, reset = (told.get(name, "") for name in names)
    left = _count(remaining)
    if left is None:
        return None
    seconds = seconds_until(reset, now)
    return Quota(_count(limit), left, None if seconds is None else sane_wait(seconds))


def _count(text: str) -> int | None:
    value = number(text)
    return int(value) if value is not None and 0 <= value <= MOST else None
