"""Half-open: one call is let through, and decides."""

import asyncio
import time

import pytest

from routing import breakers
from routing.breakers import State
from routing.providers import ErrorKind, ProviderError
from tests.routing.breakers.calls import DOWN, LIMITED, MODEL, OTHER, fail, standing, until


@pytest.fixture
async def half_open() -> None:
    await fail(5)
    await until(State.HALF_OPEN)


@pytest.mark.usefixtures("half_open")
async def test_of_many_callers_in_many_processes_exactly_one_is_the_probe(process, policy) -> None:
    policy(probe_ms=60_000)
    workers = [process() for _ in range(6)]
    for worker in workers:
        assert (await worker(breakers.allowed([OTHER, MODEL])))[MODEL] == 0.0, "each knows that a probe is due"
    turns = [worker.turn() for worker in workers for _ in range(25)]
    answers = await asyncio.gather(*(turn(breakers.allowed([MODEL])) for turn in turns))
    assert sum(answer[MODEL] is True for answer in answers) == 1
    assert all(0 < answer[MODEL] <= 0.05 for answer in answers if answer[MODEL] is not True)


@pytest.mark.usefixtures("half_open")
async def test_the_probes_success_closes_it_for_everybody(process) -> None:
    probe, other = process(), process()
    assert (await probe(breakers.allowed([MODEL])))[MODEL] is True
    await probe(breakers.succeeded(MODEL))
    found = await standing()
    assert (found.state, found.failures, found.reason) == (State.CLOSED, 0, "")
    assert await other(breakers.allowed([MODEL])) == {MODEL: True}
    await fail(4)
    assert (await standing()).state is State.CLOSED, "it begins to count anew"


async def test_each_probe_that_fails_doubles_the_pause_up_to_the_longest(process) -> None:
    began, pauses = time.monotonic(), []
    await fail(5)
    for _ in range(4):
        pauses.append(((await standing()).seconds, time.monotonic() - began))
        await until(State.HALF_OPEN)
        probe = process()
        assert (await probe(breakers.allowed([MODEL])))[MODEL] is True
        began = time.monotonic()
        await probe(breakers.failed(MODEL, DOWN))
    for (left, passed), whole in zip(pauses, (0.12, 0.24, 0.4, 0.4), strict=True):
        assert whole * 0.8 - passed - 0.01 < left <= whole, pauses


@pytest.mark.usefixtures("half_open")
async def test_a_probe_that_never_reports_back_makes_room_for_another(process) -> None:
    lost, late = process(), process()
    assert (await lost(breakers.allowed([MODEL])))[MODEL] is True
    async with asyncio.timeout(20):
        while (wait := (await late(breakers.allowed([MODEL])))[MODEL]) is not True:
            assert wait >= 0
            await asyncio.sleep(0.02)
    await lost(breakers.succeeded(MODEL))
    assert (await standing()).state is State.CLOSED, "the lost one was only slow"


@pytest.mark.usefixtures("half_open")
async def test_a_probe_that_was_not_used_is_given_back_at_once(process, policy) -> None:
    policy(probe_ms=60_000)
    first, second = process(), process()
    assert (await first(breakers.allowed([MODEL])))[MODEL] is True
    await first(breakers.untried(MODEL))
    assert (await second(breakers.allowed([MODEL])))[MODEL] is True
    await first(breakers.untried(MODEL))
    assert (await process()(breakers.allowed([MODEL])))[MODEL] is not True, "it was not his to give back any more"


@pytest.mark.usefixtures("half_open")
async def test_a_probe_goes_only_to_who_has_nothing_better(process) -> None:
    turn = process()
    assert await turn(breakers.allowed([OTHER, MODEL])) == {OTHER: True, MODEL: 0.0}
    assert await turn(breakers.allowed([MODEL, OTHER])) == {MODEL: True, OTHER: True}


async def test_one_caller_is_the_probe_of_one_model_only(process) -> None:
    await fail(5)
    await fail(5, model=OTHER)
    await until(State.HALF_OPEN)
    await until(State.HALF_OPEN, OTHER)
    assert await process()(breakers.allowed([MODEL, OTHER])) == {MODEL: True, OTHER: 0.0}


@pytest.mark.usefixtures("half_open")
@pytest.mark.parametrize("error", [LIMITED, ProviderError(ErrorKind.CONTEXT_LENGTH, "Too long.", status=400)])
async def test_a_probe_that_was_answered_at_all_closes_it(error: ProviderError, process) -> None:
    probe = process()
    await probe(breakers.allowed([MODEL]))
    await probe(breakers.failed(MODEL, error))
    assert (await standing()).state is State.CLOSED


@pytest.mark.usefixtures("half_open")
async def test_a_probe_that_could_not_be_asked_is_given_back(process, policy) -> None:
    policy(probe_ms=60_000)
    probe = process()
    await probe(breakers.allowed([MODEL]))
    await probe(breakers.failed(MODEL, ProviderError(ErrorKind.BAD_REQUEST, "No usable base URL.")))
    assert (await process()(breakers.allowed([MODEL])))[MODEL] is True


async def test_stragglers_of_the_outage_neither_reopen_nor_close_it(process) -> None:
    worker = process()
    hung, finishing = worker.turn(), worker.turn()
    for turn in (hung, finishing):
        await turn(breakers.allowed([MODEL]))
    await fail(5)
    await finishing(breakers.succeeded(MODEL))
    assert (await standing()).state is State.OPEN
    await until(State.HALF_OPEN)
    probe = process()
    await probe(breakers.allowed([MODEL]))
    await hung(fail(6))
    await finishing(breakers.succeeded(MODEL))
    assert (await standing()).state is State.HALF_OPEN, "only the probe decides"
    await probe(breakers.succeeded(MODEL))
    await hung(fail(6))
    assert (await standing()).failures == 0, "they timed out over what was before"
