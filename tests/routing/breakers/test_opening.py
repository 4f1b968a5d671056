"""When a breaker opens, and what never opens it."""

import pytest

from routing import breakers
from routing.breakers import State
from routing.providers import ErrorKind, ProviderError
from tests.routing.breakers.calls import DOWN, LIMITED, MODEL, OTHER, REFUSED_KEY, fail, standing


@pytest.fixture(autouse=True)
def _no_hurry(policy) -> None:
    """Open for longer than the busiest machine takes to look."""
    policy(pause_ms=30_000, longest_ms=60_000)


async def test_five_failures_in_a_row_open_it_and_the_standing_says_why() -> None:
    assert await breakers.allowed([MODEL, OTHER]) == {MODEL: True, OTHER: True}
    await fail(4)
    assert (await standing()).state is State.CLOSED
    await fail(1)
    found = await standing()
    assert (found.state, found.failures, found.reason) == (State.OPEN, 5, "The server failed.")
    assert found.since is not None
    answers = await breakers.allowed([MODEL, OTHER])
    assert 10 < answers[MODEL] <= 30
    assert answers[OTHER] is True


async def test_a_success_ends_the_row(policy) -> None:
    policy(calls=100)
    for _ in range(3):
        await fail(4)
        await breakers.allowed([MODEL])
        await breakers.succeeded(MODEL)
    await fail(4)
    assert (await standing()).state is State.CLOSED


async def test_failures_of_one_moment_do_not_open_it(policy) -> None:
    policy(run_ms=1000)
    await fail(15)
    assert (await standing()).state is State.CLOSED


async def test_half_of_many_calls_failing_opens_it() -> None:
    for _ in range(11):
        await breakers.succeeded(MODEL)
    for _ in range(3):
        await fail(3)
        await breakers.succeeded(MODEL)
        await fail(1, LIMITED)
    assert (await standing()).state is State.CLOSED, "9 of 23"
    for _ in range(2):
        await fail(3)
        await breakers.succeeded(MODEL)
    assert (await standing()).state is State.OPEN, "15 of 29"


async def test_a_share_of_failures_is_judged_only_when_successes_have_had_time_to_come(policy) -> None:
    policy(run=1000, calm_ms=60_000)
    await fail(30)
    assert (await standing()).state is State.CLOSED
    policy(calm_ms=0)
    await fail(1)
    assert (await standing()).state is State.OPEN


async def test_successes_from_before_the_first_failure_count_from_every_process(process, policy) -> None:
    policy(run=1000)
    one, two = process(), process()
    for worker in (one, two):
        for _ in range(30):
            await worker(breakers.succeeded(MODEL))
    for _ in range(6):
        await one(fail(4))
        await two(breakers.allowed([MODEL]))
        await two(breakers.succeeded(MODEL))
    assert (await standing()).state is State.CLOSED, "24 of 84"


@pytest.mark.parametrize("kind", list(ErrorKind))
async def test_what_the_model_is_not_to_blame_for_never_counts(kind: ErrorKind) -> None:
    await fail(12, ProviderError(kind, "No.", status=400))
    innocent = {ErrorKind.BAD_REQUEST, ErrorKind.CONTEXT_LENGTH, ErrorKind.RATE_LIMITED}
    assert (await standing()).state is (State.CLOSED if kind in innocent else State.OPEN)


@pytest.mark.parametrize("kind", [ErrorKind.AUTH, ErrorKind.NOT_FOUND, ErrorKind.QUOTA])
async def test_what_only_a_person_can_mend_opens_it_at_once_and_for_long(kind: ErrorKind) -> None:
    await fail(1, ProviderError(kind, "Mend me.", status=401))
    assert 45 < (await standing()).seconds <= 60


async def test_it_stays_open_for_as_long_as_the_vendor_asks_within_reason(policy) -> None:
    policy(pause_ms=1000)
    await fail(5, ProviderError(ErrorKind.OVERLOADED, "Later.", status=503, retry_after=20))
    assert 10 < (await standing()).seconds <= 20
    await fail(5, ProviderError(ErrorKind.OVERLOADED, "Later.", status=503, retry_after=3600), OTHER)
    assert 45 < (await standing(OTHER)).seconds <= 60


async def test_failures_of_all_processes_count_together(process) -> None:
    for worker in [process() for _ in range(5)]:
        await worker(breakers.allowed([MODEL]))
        await worker(fail(1))
    assert (await standing()).state is State.OPEN


async def test_one_that_opens_is_told_to_who_listens(process, redis_clean) -> None:
    with redis_clean.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(breakers.CHANNEL)
        heard.get_message(timeout=2)
        await fail(1, REFUSED_KEY)
        await breakers.reset([MODEL])
        messages = [heard.get_message(timeout=2) for _ in range(2)]
    assert [message["data"] for message in messages] == [b"7 open", b"7 closed"]


async def test_the_model_that_failed_is_known_to_other_processes_within_a_moment(process) -> None:
    other = process()
    assert (await other(breakers.allowed([MODEL])))[MODEL] is True
    await fail(1, ProviderError(DOWN.kind, "x"))
    await fail(1, REFUSED_KEY)
    view = other._view
    view._replies = {
        model: (at - 0.25, reply) for model, (at, reply) in view._replies.items()
    }  # a quarter second later
    assert (await other(breakers.allowed([MODEL])))[MODEL] is not True
