"""How long a vendor asks us to wait."""

import time
from email.utils import formatdate

import pytest

from routing.providers.waits import LONGEST_WAIT, retry_after

DATE = "Tue, 24 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Tue, 24 Nov 2026 08:00:20 GMT", "date": DATE}, 20.0),
        ({"retry-after": "Tue, 24 Nov 2026 07:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "999999"}, LONGEST_WAIT),
        ({"retry-after": "Tue, 24 Nov 2099 08:00:20 GMT", "date": DATE}, LONGEST_WAIT),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after_is_read_and_kept_within_reason(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_without_the_servers_clock_is_compared_with_ours() -> None:
    wait = retry_after({"retry-after": formatdate(time.time() + 30, usegmt=True)})
    assert wait == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20ms", 0.02),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("1m30.5s", 90.5),
        ("12", 12.0),
        ("1x", None),
        ("s", None),
    ],
)
def test_openais_reset_times_stand_in_for_a_missing_retry_after(text: str, seconds: float | None) -> None:
    wait = retry_after({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": text})
    assert wait == (None if seconds is None else pytest.approx(seconds))


def test_anthropics_reset_times_stand_in_for_a_missing_retry_after() -> None:
    headers = {
        "date": DATE,
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-11-24T08:00:01Z",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-24T08:00:42Z",
    }
    assert retry_after(headers) == pytest.approx(42)


def test_when_no_limit_is_said_to_be_used_up_the_shortest_reset_is_taken() -> None:
    headers = {"x-ratelimit-reset-requests": "9s", "x-ratelimit-reset-tokens": "3s"}
    assert retry_after(headers) == pytest.approx(3)


def test_retry_after_wins_over_reset_times() -> None:
    headers = {"retry-after": "2", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "40s"}
    assert retry_after(headers) == 2.0
