"""Limits: the buckets by a clock of the test's own, and what the SDKs see of them by the real one."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import anthropic
import openai
import pytest
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from simulator import Settings, Simulator
from simulator.limits import Account, Demand
from simulator.vendors.openai import duration
from tests.simulator.asking import ask_claude, ask_gpt, stream_claude


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settings(**values: object) -> Settings:
    return Settings().changed(values)


def drain(account: Account, limits: Settings, demand: Demand) -> int:
    """How many such requests are let in at this moment."""
    count = 0
    while account.admit(limits, demand) is None:
        count += 1
    return count


def test_a_bucket_begins_full_and_refills_continuously(clock: Clock) -> None:
    account, limits = Account(clock), settings(requests_per_minute=60, burst_seconds=5)
    assert drain(account, limits, Demand(1)) == 5
    clock.now += 2.5
    assert drain(account, limits, Demand(1)) == 2
    clock.now += 0.5
    assert drain(account, limits, Demand(1)) == 1
    clock.now += 1000
    assert drain(account, limits, Demand(1)) == 5


def test_over_an_hour_just_the_limit_is_let_in(clock: Clock) -> None:
    account, limits = Account(clock), settings(requests_per_minute=100, burst_seconds=3)
    admitted = 0
    for _ in range(60 * 60 * 10):
        admitted += drain(account, limits, Demand(1))
        clock.now += 0.1
    assert admitted == pytest.approx(60 * 100 + 5, abs=1)


def test_the_wait_that_is_told_is_just_long_enough(clock: Clock) -> None:
    account, limits = Account(clock), settings(input_tokens_per_minute=6000, burst_seconds=10)
    assert account.admit(limits, Demand(900)) is None
    overrun = account.admit(limits, Demand(350))
    assert overrun is not None
    assert overrun.wait == pytest.approx(2.5)
    clock.now += overrun.wait - 0.01
    assert account.admit(limits, Demand(350)) is not None
    clock.now += 0.01
    assert account.admit(limits, Demand(350)) is None


def test_a_refused_request_is_charged_to_no_bucket(clock: Clock) -> None:
    account = Account(clock)
    limits = settings(requests_per_minute=60, input_tokens_per_minute=60, burst_seconds=10)
    assert drain(account, limits, Demand(11)) == 0
    assert [quota.remaining for quota in account.quotas()] == [10, 10]


def test_a_request_that_no_full_bucket_holds_is_told_so(clock: Clock) -> None:
    account, limits = Account(clock), settings(input_tokens_per_minute=600, burst_seconds=10)
    overrun = account.admit(limits, Demand(101))
    assert overrun is not None
    assert overrun.never


def test_output_that_is_charged_later_runs_into_debt_that_must_be_paid_first(clock: Clock) -> None:
    account, limits = Account(clock), settings(output_tokens_per_minute=600, burst_seconds=1)
    demand = Demand(1, needs_credit=True)
    assert account.admit(limits, demand) is None
    account.charge_output(30)
    overrun = account.admit(limits, demand)
    assert overrun is not None
    assert overrun.wait == pytest.approx(2.1)


def test_an_idle_bucket_does_not_pay_with_what_it_could_not_hold(clock: Clock) -> None:
    account, limits = Account(clock), settings(output_tokens_per_minute=600, burst_seconds=1)
    account.adjust(limits)
    clock.now += 60
    account.charge_output(10)
    assert account.quotas()[0].remaining == 0


def test_a_limit_that_is_taken_away_is_gone(clock: Clock) -> None:
    account = Account(clock)
    assert drain(account, settings(requests_per_minute=5), Demand(1)) == 5
    account.adjust(settings())
    assert account.quotas() == []


def test_a_changed_limit_keeps_the_level_and_takes_hold_at_once(clock: Clock) -> None:
    account = Account(clock)
    assert drain(account, settings(requests_per_minute=60), Demand(1)) == 60
    assert drain(account, settings(requests_per_minute=600), Demand(1)) == 0
    clock.now += 1
    assert drain(account, settings(requests_per_minute=600), Demand(1)) == 10


async def test_every_answer_of_anthropic_tells_its_limits(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(requests_per_minute=10, input_tokens_per_minute=1000, output_tokens_per_minute=500, output_tokens=100)
    sim.set(input_tokens=50)
    raw = await claude.messages.with_raw_response.create(
        model="m", max_tokens=200, messages=[{"role": "user", "content": "x"}]
    )
    headers = raw.headers
    assert headers["anthropic-ratelimit-requests-limit"] == "10"
    assert headers["anthropic-ratelimit-requests-remaining"] == "9"
    assert headers["anthropic-ratelimit-input-tokens-remaining"] in [str(950 + more) for more in range(40)]
    assert 400 <= int(headers["anthropic-ratelimit-output-tokens-remaining"]) <= 440
    assert headers["anthropic-ratelimit-tokens-limit"] == "500"  # the tightest of the two
    reset = datetime.fromisoformat(headers["anthropic-ratelimit-requests-reset"])
    assert 0 < (reset - datetime.now(UTC)).total_seconds() <= 7


async def test_every_answer_of_openai_tells_its_limits(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(requests_per_minute=10, tokens_per_minute=6000, input_tokens=100)
    raw = await gpt.chat.completions.with_raw_response.create(
        model="m", max_tokens=500, messages=[{"role": "user", "content": "x"}]
    )
    assert raw.headers["x-ratelimit-limit-requests"] == "10"
    assert raw.headers["x-ratelimit-remaining-requests"] == "9"
    assert 4 < float(raw.headers["x-ratelimit-reset-requests"].removesuffix("s")) <= 6
    assert raw.headers["x-ratelimit-limit-tokens"] == "6000"
    assert 5400 <= int(raw.headers["x-ratelimit-remaining-tokens"]) <= 5480  # max_tokens is charged, used or not


async def test_no_limit_is_no_header(claude: AsyncAnthropic) -> None:
    raw = await claude.messages.with_raw_response.create(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}]
    )
    assert not [name for name in raw.headers if "ratelimit" in name]


async def test_limits_hold_for_each_model_and_key(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(requests_per_minute=1)
    other_key = claude.with_options(api_key="another")
    await ask_claude(claude)
    await ask_claude(claude, model="another")
    await ask_claude(other_key)
    await ask_claude(other_key, model="another")
    with pytest.raises(anthropic.RateLimitError):
        await ask_claude(claude, model="another")
    assert sim.stats()["refused_by_limit"] == {"requests": 1}


async def test_a_429_says_when_and_waiting_so_long_is_enough(sim: Simulator, gpt: AsyncOpenAI) -> None:
    sim.set(requests_per_minute=120, burst_seconds=0.5)
    await ask_gpt(gpt)
    with pytest.raises(
        openai.RateLimitError, match=r"requests per min \(RPM\): Limit 120, Requested 1\. .* \d+ms"
    ) as caught:
        await ask_gpt(gpt)
    assert (caught.value.type, caught.value.code) == ("requests", "rate_limit_exceeded")
    headers = caught.value.response.headers
    assert headers["retry-after"] == "1"
    await asyncio.sleep(int(headers["retry-after-ms"]) / 1000)
    await ask_gpt(gpt)


async def test_the_sdk_waits_and_succeeds_by_the_header(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(requests_per_minute=60, burst_seconds=1)
    patient = claude.with_options(max_retries=1)
    await ask_claude(patient)
    await ask_claude(patient)
    assert sim.stats()["by_model"] == {"claude-haiku-4-5": {"200": 2, "429": 1}}


async def test_retry_after_can_be_a_date_or_missing(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(requests_per_minute=1, retry_after_format="date")
    await ask_claude(claude)
    with pytest.raises(anthropic.RateLimitError, match="rate limit of 1 requests per minute") as caught:
        await ask_claude(claude)
    at = parsedate_to_datetime(caught.value.response.headers["retry-after"])
    assert 45 < (at - datetime.now(UTC)).total_seconds() < 62
    sim.set(retry_after_format="none")
    with pytest.raises(anthropic.RateLimitError) as caught:
        await ask_claude(claude)
    assert "retry-after" not in caught.value.response.headers


async def test_tokens_read_from_the_cache_are_free_at_anthropic_only(
    sim: Simulator, claude: AsyncAnthropic, gpt: AsyncOpenAI
) -> None:
    sim.set(input_tokens=900, cache_read_tokens=800, input_tokens_per_minute=1000)
    for _ in range(3):
        await ask_claude(claude)
    await ask_gpt(gpt)
    with pytest.raises(openai.RateLimitError, match="tokens per min") as caught:
        await ask_gpt(gpt)
    assert caught.value.type == "tokens"


@pytest.mark.parametrize(("charge", "left"), [("produced", 900), ("reserved", 500), ("settled", 900)])
async def test_output_is_charged_as_it_is_set(sim: Simulator, claude: AsyncAnthropic, charge: str, left: int) -> None:
    sim.set(output_charge=charge, output_tokens_per_minute=1000, output_tokens=100)
    await stream_claude(claude, max_tokens=500)
    raw = await claude.messages.with_raw_response.create(
        model="claude-haiku-4-5", max_tokens=1, messages=[{"role": "user", "content": "x"}]
    )
    remaining = int(raw.headers["anthropic-ratelimit-output-tokens-remaining"])
    assert left - 1 <= remaining <= left + 50


async def test_requests_under_way_can_be_limited(sim: Simulator, claude: AsyncAnthropic) -> None:
    sim.set(concurrent_requests=1, tokens_per_second=100)
    async with await ask_claude(claude, stream=True) as stream:
        await anext(aiter(stream))
        with pytest.raises(anthropic.RateLimitError, match="concurrent"):
            await ask_claude(claude)
        [_ async for _ in stream]
    await ask_claude(claude)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (0.006, "6ms"),
        (0.9996, "1s"),
        (1.5, "1.5s"),
        (60, "1m0s"),
        (61.25, "1m1.25s"),
        (7200.5, "2h0m0.5s"),
    ],
)
def test_durations_are_written_as_openai_writes_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
