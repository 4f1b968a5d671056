"""A process may end between any two steps, and several may work at once: nothing is lost, nothing is done twice but
what is said to be.
"""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from routing.batches import asking, handlers, polling, run_batches, sending, submit
from routing.batches.vendors import NoBatches, api_for
from routing.models import Batch, BatchItem
from tests.routing.batches.helpers import BOTH, a_pass, batches, db, items, kill, passes, the_item, work, works

State = BatchItem.State


async def age(**by):
    """Batches were sent so long ago."""
    await db(Batch.objects.update, created_at=timezone.now() - timedelta(**by))


def made(sim):
    return sim.stats()["batches"]["created"]


async def test_killed_before_the_vendor_was_asked(sim, model, taken, monkeypatch):
    await submit(works(model, 3))
    await kill(monkeypatch, sending, "claim", after=True)
    assert [(batch.state, batch.vendor_id) for batch in await batches()] == [(Batch.State.SENDING, "")]
    await passes(2)
    assert (made(sim), taken) == (0, []), "it may yet be on its way"
    await age(minutes=3)
    await passes(4)
    assert [batch.state for batch in await batches()] == [Batch.State.LOST, Batch.State.ENDED]
    assert len(taken) == 3


@BOTH
async def test_killed_before_the_vendors_id_was_noted(sim, model, taken, monkeypatch):
    await submit(works(model, 3))
    await kill(monkeypatch, sending, "_sent")
    assert made(sim) == 1
    await passes(4)
    assert (made(sim), len(taken)) == (1, 3)
    (batch,) = await batches()
    assert (batch.state, batch.confirmed, batch.done) == (Batch.State.ENDED, True, 3)


@BOTH
async def test_the_vendors_answer_to_a_new_batch_gets_lost(sim, model, taken):
    sim.fault("cut", path="/batches")
    await submit(works(model, 3))
    await a_pass()
    (batch,) = await batches()
    assert (batch.state, made(sim)) == (Batch.State.SENDING, 1)
    await passes(4)
    assert (made(sim), len(taken)) == (1, 3)


async def test_the_vendor_fails_and_took_nothing(sim, model, taken):
    sim.fault("status", status=503, path="/batches")
    await submit(works(model, 3))
    await passes(2)
    assert ([batch.state for batch in await batches()], made(sim)) == ([Batch.State.SENDING], 0)
    await age(minutes=3)
    await passes(4)
    assert (made(sim), len(taken)) == (1, 3)


@pytest.mark.parametrize("step", ["_store", "_finish"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_while_results_are_read(sim, model, taken, monkeypatch, step, after):
    monkeypatch.setattr(polling, "TOGETHER", 2)
    await submit(works(model, 5))
    await a_pass()
    await kill(monkeypatch, polling, step, after=after)
    await passes(3)
    assert len(taken) == len({result.item_id for result in taken}) == 5
    assert made(sim) == 1
    assert sum(item.attempts for item in await items()) == 5


async def test_killed_before_a_delivery(model, taken, monkeypatch):
    await submit([work(model)])
    await a_pass()
    await kill(monkeypatch, handlers, "_claim", after=True)
    await passes(1)
    assert len(taken) == 1


async def test_killed_after_a_delivery_delivers_again_under_the_same_id(model, taken, monkeypatch):
    await submit([work(model)])
    await a_pass()
    await kill(monkeypatch, handlers, "_taken")
    assert len(taken) == 1
    await passes(2)
    assert len(taken) == 2, "this is the only thing that happens twice"
    assert taken[0] == taken[1]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_around_an_ordinary_request(sim, model, taken, monkeypatch, after):
    await submit([work(model, deadline_seconds=60)])
    await kill(monkeypatch, asking.settling, "settle", after=after)
    await passes(2)
    assert (len(taken), taken[0].text) == (1, "Said: a")
    assert sim.stats()["by_model"]["m-1"]["200"] == (1 if after else 2), "it may be paid for twice"


async def test_an_ordinary_request_that_is_cancelled_waits_again(sim, model, taken):
    sim.set(time_to_first_token=60)
    await submit([work(model, deadline_seconds=60)])
    task = asyncio.create_task(run_batches())
    for _ in range(1000):
        if sim.stats(0)["requests"]:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    item = await the_item()
    assert (item.state, item.leased_until, item.attempts) == (State.WAITING, None, 0)


@pytest.mark.parametrize("vendor", ["anthropic"], indirect=True)
async def test_somebody_elses_batch_of_the_same_size_is_not_taken_for_ours(sim, model, taken, monkeypatch):
    from routing.batches.vendors import Line
    from routing.batches.work import request_of

    await submit(works(model, 2))
    request = await db(lambda: request_of(BatchItem.objects.first().request, "m-1"))
    await kill(monkeypatch, sending, "claim", after=True)
    api = api_for(model.provider.config())
    theirs = await api.create("", [Line("theirs-1", request), Line("theirs-2", request)])
    await a_pass()
    (batch,) = await batches()
    assert (batch.state, batch.vendor_id, batch.ruled_out) == (Batch.State.SENDING, "", [theirs])
    await age(minutes=3)
    await passes(5)
    assert [batch.state for batch in await batches()] == [Batch.State.LOST, Batch.State.ENDED]
    assert sorted(result.key for result in taken) == ["k0", "k1"]
    assert await api.look(theirs), "and it is left alone"


@pytest.mark.parametrize("vendor", ["anthropic"], indirect=True)
async def test_a_batch_that_may_be_somebody_elses_is_never_cancelled(sim, model, taken, monkeypatch):
    sim.set(batch_seconds=3600)
    await submit(works(model, 2))
    await kill(monkeypatch, sending, "_sent")
    await a_pass()
    assert [batch.confirmed for batch in await batches()] == [False]
    await db(Batch.objects.update, cancel_asked_at=timezone.now())
    await a_pass()
    assert (await batches())[0].state == Batch.State.LOST
    assert sim.stats()["batches"]["cancelled"] == 0


async def test_a_batch_that_was_taken_for_lost_is_cancelled_when_it_comes_late(sim, model, taken):
    sim.set(batch_seconds=3600)
    await submit([work(model)])
    parcel = await db(sending.claim, model.pk)
    await age(minutes=3)
    await passes(2)
    assert (await batches())[0].state == Batch.State.LOST
    await sending._send(parcel)  # a process that was frozen all the while
    assert sim.stats()["batches"] == {"created": 2, "requests": 2, "cancelled": 1}


async def test_several_processes_at_once_share_the_work(sim, model, taken, monkeypatch):
    monkeypatch.setattr(polling, "TOGETHER", 5)
    await submit([*works(model, 30), *(work(model, f"soon{n}", deadline_seconds=60) for n in range(10))])
    for _ in range(4):
        await asyncio.gather(*(a_pass_without_hurry() for _ in range(4)))
        await db(Batch.objects.update, poll_at=timezone.now())
    assert len(taken) == len({result.item_id for result in taken}) == 40
    assert sim.stats()["batches"]["requests"] == 30
    assert sim.stats()["outcomes"].get("refused", 0) == 0


async def a_pass_without_hurry():
    await run_batches()


async def test_a_lease_that_went_to_another_process_ends_the_reading(sim, model, taken):
    await submit(works(model, 3))
    await a_pass()
    await db(Batch.objects.update, poll_at=timezone.now())
    held = await db(polling.claim)
    past = timezone.now() - timedelta(seconds=1)
    await db(Batch.objects.update, leased_until=past, poll_at=past)
    other = await db(polling.claim)
    assert held.batch.pk == other.batch.pk
    with pytest.raises(polling.LeaseGone):
        await polling._look(held, api_for(held.config))
    await polling._look(other, api_for(other.config))
    assert {item.state for item in await items()} == {State.DONE}


async def test_nothing_to_do_costs_one_statement(model, taken, monkeypatch):
    await submit([work(model)])
    await passes(3)

    async def unexpected(*_args):
        raise AssertionError("a second step")

    monkeypatch.setattr(run_batches.__globals__["settling"], "tidy", unexpected)
    monkeypatch.setitem(run_batches.__globals__, "in_database_thread", unexpected)
    await run_batches()


def test_only_a_missing_address_means_that_there_are_no_batches():
    from routing.batches.vendors.wire import refused_for_good, without_interface
    from routing.providers import ErrorKind, ProviderError

    for status, sure in ((400, True), (401, True), (429, True), (500, False), (529, False), (None, False)):
        error = ProviderError(ErrorKind.SERVER, "x", status=status)
        without_interface(error)
        assert refused_for_good(error) is sure
    for status in (404, 405, 501):
        with pytest.raises(NoBatches):
            without_interface(ProviderError(ErrorKind.NOT_FOUND, "x", status=status))
    assert refused_for_good(ProviderError(ErrorKind.AUTH, "no key"))
