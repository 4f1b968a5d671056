"""What vendors' headers tell of the account's limits, and how it reaches the caller."""

import random
import string
from dataclasses import replace

import pytest

from routing.providers import (
    ErrorKind,
    Opened,
    ProviderConfig,
    ProviderError,
    Quota,
    TextDelta,
    Vendor,
    VendorLimits,
    provider_for,
)
from routing.providers.limits import limits_in
from routing.providers.waits import LONGEST_WAIT, retry_after
from simulator import Simulator
from tests.routing.providers.speech import ANTHROPIC, KEY, REQUEST, Speech, ask, heard, provider_at
from tests.routing.providers.wire_server import Line, Request, wire_server

DATE = "Tue, 24 Nov 2026 08:00:00 GMT"
ANTHROPICS = {
    "date": DATE,
    "anthropic-ratelimit-requests-limit": "1000",
    "anthropic-ratelimit-requests-remaining": "999",
    "anthropic-ratelimit-requests-reset": "2026-11-24T08:00:00Z",
    "anthropic-ratelimit-input-tokens-limit": "80000",
    "anthropic-ratelimit-input-tokens-remaining": "72000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-24T08:00:06Z",
    "anthropic-ratelimit-output-tokens-limit": "16000",
    "anthropic-ratelimit-output-tokens-remaining": "16000",
    "anthropic-ratelimit-output-tokens-reset": "2026-11-24T07:59:59Z",
    "anthropic-ratelimit-tokens-limit": "96000",
    "anthropic-ratelimit-tokens-remaining": "88000",
    "anthropic-ratelimit-tokens-reset": "2026-11-24T09:00:06+01:00",
    "anthropic-priority-input-tokens-limit": "5",
    "anthropic-ratelimit-unified-reset": "1795507200",
}
OPENAIS = {
    "date": DATE,
    "x-ratelimit-limit-requests": "5000",
    "x-ratelimit-remaining-requests": "4999",
    "x-ratelimit-reset-requests": "12ms",
    "x-ratelimit-limit-tokens": "160000",
    "x-ratelimit-remaining-tokens": "159976",
    "x-ratelimit-reset-tokens": "6m0.5s",
    "x-ratelimit-limit-tokens_usage_based": "1",
}


def test_anthropics_four_limits_are_read_and_dates_compared_with_its_own_clock() -> None:
    assert limits_in(ANTHROPICS) == VendorLimits(
        requests=Quota(1000, 999, 0.0),
        input_tokens=Quota(80000, 72000, 6.0),
        output_tokens=Quota(16000, 16000, 0.0),
        tokens=Quota(96000, 88000, 6.0),
    )


def test_openais_two_limits_are_read() -> None:
    assert limits_in(OPENAIS) == VendorLimits(
        requests=Quota(5000, 4999, pytest.approx(0.012)), tokens=Quota(160000, 159976, pytest.approx(360.5))
    )


@pytest.mark.parametrize("headers", [{}, {"date": DATE}, {"x-ratelimit-remaining-images": "3"}])
def test_headers_that_tell_nothing_give_nothing(headers: dict[str, str]) -> None:
    assert limits_in(headers) is None


@pytest.mark.parametrize("left", ["", "many", "nan", "inf", "-1", "1e300", "9223372036854775807", "0x10"])
def test_a_count_that_is_none_is_left_out(left: str) -> None:
    assert limits_in({"x-ratelimit-remaining-requests": left, "x-ratelimit-remaining-tokens": "5"}) == VendorLimits(
        tokens=Quota(None, 5, None)
    )


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("soon", None),
        ("-5", 0.0),
        ("1e9", LONGEST_WAIT),
        ("nan", None),
        ("24h0m0s", LONGEST_WAIT),
        ("2026-11-24T07:00:00Z", 0.0),
        ("2999-01-01T00:00:00Z", LONGEST_WAIT),
        ("0001-01-01T00:00:00+23:59", 0.0),
        ("2026-13-40", None),
    ],
)
def test_a_reset_is_kept_within_reason(reset: str, seconds: float | None) -> None:
    headers = {"date": DATE, "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": reset}
    assert limits_in(headers) == VendorLimits(tokens=Quota(None, 5, seconds))


def test_no_header_however_mangled_raises() -> None:
    chance = random.Random(7)
    alphabet = string.printable + "µ²٣∞"
    for _ in range(3000):
        headers = {
            name: "".join(chance.choice(alphabet) for _ in range(chance.randrange(9)))
            if chance.random() < 0.5
            else value[: chance.randrange(30)] + chance.choice(["", "9", "e9", "+99:99", "-0001", "\x00"])
            for name, value in {**ANTHROPICS, **OPENAIS, "retry-after": DATE, "retry-after-ms": "250"}.items()
        }
        limits_in(headers)
        wait = retry_after(headers)
        assert wait is None or 0 <= wait <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3600"}, 3600.0),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:00 GMT", "date": DATE}, 3600.0),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:00 GMT", "date": "Tue, 24 Nov 2026 08:59:00 GMT"}, 60.0),
        ({"retry-after": "1e308"}, LONGEST_WAIT),
        ({"retry-after-ms": "-1"}, 0.0),
        ({"retry-after-ms": "nan", "retry-after": "3"}, 3.0),
        ({"retry-after": "Tue, 24 Nov 9999 23:59:59 -2359", "date": DATE}, LONGEST_WAIT),
        ({"retry-after": "Tue, 24 Nov 2026 08:00:20 GMT", "date": "yesterday"}, None),
    ],
)
def test_a_wait_of_an_hour_is_believed_and_no_longer_one(headers: dict[str, str], seconds: float | None) -> None:
    wait = retry_after(headers)
    if seconds is None:  # against our own clock, whatever it says
        assert wait is not None
        assert 0 <= wait <= LONGEST_WAIT
    else:
        assert wait == pytest.approx(seconds)


def lines(headers: dict[str, str]) -> str:
    return "".join(f"{name.title()}: {value}\r\n" for name, value in headers.items())


async def test_an_answer_opens_with_the_limits_that_its_headers_tell(speech: Speech) -> None:
    told = ANTHROPICS if speech is ANTHROPIC else OPENAIS

    async def answer(_request: Request, line: Line) -> None:
        await line.begin(extra=lines(told))
        await line.piece(speech.opening + speech.delta("Yes.") + speech.ending)
        await line.end()

    async with wire_server(answer) as server:
        opened, text, finished = await heard(provider_at(server.url, speech.vendor), [])
    assert opened == Opened(limits_in(told))
    assert text == TextDelta("Yes.")
    assert type(finished).__name__ == "Finished"


async def test_an_answer_without_such_headers_opens_with_its_text(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)

    async with wire_server(answer) as server:
        assert (await heard(provider_at(server.url, speech.vendor), []))[0] == TextDelta("Yes.")


async def test_the_limits_are_there_before_the_model_begins(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.begin(extra=lines(OPENAIS))
        await line.gone()

    async with wire_server(answer) as server, provider_at(server.url, speech.vendor).stream(REQUEST) as events:
        assert isinstance(await anext(events), Opened)


@pytest.mark.parametrize("status", [429, 529])
async def test_a_refusal_tells_the_limits_as_well(speech: Speech, status: int) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.status(status, {"error": {"message": "no"}}, lines(OPENAIS))

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(server.url, speech.vendor))
    assert caught.value.limits == limits_in(OPENAIS)


async def test_a_failure_without_headers_tells_no_limits(speech: Speech) -> None:
    assert ProviderError(ErrorKind.SERVER, "x").limits is None

    async def answer(_request: Request, line: Line) -> None:
        line.cut()

    async with wire_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await ask(provider_at(server.url, speech.vendor))
    assert caught.value.limits is None


async def test_a_turn_with_less_patience_goes_over_the_same_connections(speech: Speech) -> None:
    async def answer(_request: Request, line: Line) -> None:
        await line.whole(speech.opening, speech.delta("Yes."), speech.ending)

    async with wire_server(answer) as server:
        config = ProviderConfig(speech.vendor, KEY, server.url, name="Main")
        for patience in (60.0, 12.0, 3.5):
            await ask(provider_for(replace(config, first_token_timeout=patience)))
        await ask(provider_for(replace(config, stall_timeout=3.0, name="Renamed")))
    assert (len(server.requests), server.connections) == (4, 1)


async def test_the_simulators_limits_arrive(sim: Simulator) -> None:
    sim.set(requests_per_minute=600, input_tokens_per_minute=60_000, output_tokens_per_minute=6000)
    for url, vendor in ((sim.anthropic_url, Vendor.ANTHROPIC), (sim.openai_url, Vendor.OPENAI)):
        opened = (await heard(provider_at(url, vendor), []))[0]
        assert isinstance(opened, Opened)
        assert opened.limits.requests is not None
        assert (opened.limits.requests.limit, opened.limits.tokens is None) == (600, False)
        assert opened.limits.requests.reset_seconds is not None
