"""Work goes out in the vendors' batches, and its results come back, each to its own item."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from routing.batches import enqueue, handlers, mending, polling, run_batches, sending, submit, withdraw
from routing.models import Batch, BatchItem, Model, Provider
from tests.routing.batches.helpers import (
    BOTH,
    LABEL,
    PURPOSE,
    a_pass,
    batches,
    db,
    items,
    passes,
    the_item,
    work,
    works,
)

State, Way = BatchItem.State, BatchItem.Way


@BOTH
async def test_every_result_comes_back_to_its_own_item_once(sim, model, taken):
    ids = await submit(works(model, 7))
    await passes(3)
    assert {result.item_id: result.text for result in taken} == {
        pk: f"Said: k{number}" for number, pk in enumerate(ids)
    }
    assert len(taken) == 7
    assert sim.stats()["batches"] == {"created": 1, "requests": 7, "cancelled": 0}
    (batch,) = await batches()
    assert (batch.state, batch.done, batch.again, batch.confirmed) == (Batch.State.ENDED, 7, 0, True)


async def test_usage_and_half_the_price_are_kept_and_the_words_are_not(sim, model, taken):
    sim.set(input_tokens=1000, output_tokens=50)
    await submit([work(model)])
    await passes(3)
    item, (result,) = await the_item(), taken
    assert (result.usage.input_tokens, result.usage.output_tokens, result.reason) == (1000, 50, "stop")
    assert result.cost == item.cost == Decimal("0.0055")
    assert (item.request, item.text, item.delivered_at is None) == ({}, "", False)
    assert sim.stats()["by_model"]["m-1"]["200"] > 0, "the model's present name is asked"


@BOTH
async def test_the_vendor_forgets_what_was_read(sim, model, taken, vendor):
    await submit([work(model)])
    await passes(3)
    deleted = [each for each in sim.stats()["recent"] if each["path"].count("simulated") and each["status"] == 200]
    assert deleted
    (shelf,) = sim._app[next(key for key in sim._app if "state" in str(key))].batches.shelves.values()
    assert shelf.files == {}
    assert vendor == "openai" or shelf.jobs == {}


async def test_the_same_key_is_one_item(model, taken):
    first = await submit([work(model, "a", "one"), work(model, "b"), work(model, "a", "two")])
    second = await submit([work(model, "a", "three")])
    assert first[0] == first[2] == second[0] != first[1]
    await passes(3)
    assert sorted(result.text for result in taken) == ["Said: b", "Said: one"]
    assert await submit([work(model, "a")]) == second, "also after its result"


async def test_replies_are_held_against_their_schema_and_asked_again(sim, model, taken):
    sim.set(reply='Here it is:\n```json\n{"label": "order"}\n```')
    await submit([work(model, "fits", reply_schema=LABEL)])
    await passes(3)
    assert taken[0].data == {"label": "order"}
    sim.set(reply='{"label": 5}')
    await submit([work(model, "never", reply_schema=LABEL)])
    await passes(8)
    assert (taken[1].data, taken[1].text) == (None, "")
    assert "label must be string" in taken[1].error
    item = (await items())[1]
    assert (item.state, item.attempts, item.failures, item.way) == (State.FAILED, 5, 5, Way.ALONE)


async def test_work_gathers_until_there_is_enough_or_it_waited_long_enough(sim, model, taken):
    await db(Provider.objects.update, batch_items=3, batch_seconds=3600)
    await submit(works(model, 2))
    await a_pass()
    assert sim.stats()["batches"]["created"] == 0
    await submit([work(model, "third")])
    await a_pass()
    assert sim.stats()["batches"] == {"created": 1, "requests": 3, "cancelled": 0}
    await submit([work(model, "fourth")])
    await db(BatchItem.objects.filter(key="fourth").update, created_at=timezone.now() - timedelta(hours=2))
    await a_pass()
    assert sim.stats()["batches"]["created"] == 2


async def test_a_batch_is_cut_to_its_size(sim, model, taken, monkeypatch):
    monkeypatch.setattr(sending, "MOST_BYTES", 3000)
    await submit(works(model, 10, text="x" * 900))
    await passes(6)
    assert len(taken) == 10
    assert sim.stats()["batches"]["created"] > 3


async def test_an_unfinished_batch_is_looked_at_with_longer_and_longer_pauses(sim, model, taken):
    sim.set(batch_seconds=3600)
    await submit([work(model)])
    await passes(2)
    (batch,) = await batches()
    assert (batch.state, batch.polls) == (Batch.State.SENT, 1)
    batch.created_at, batch.wanted_by = timezone.now() - timedelta(minutes=10), timezone.now() + timedelta(days=1)
    assert timedelta(seconds=59) < polling.pause(batch) < timedelta(seconds=62)
    batch.created_at = timezone.now() - timedelta(hours=10)
    assert polling.pause(batch) == timedelta(minutes=5)
    await run_batches()
    assert (await batches())[0].polls == 1, "it is not due"


async def test_requests_that_fail_go_again_and_are_given_up_in_the_end(sim, model, taken):
    sim.set(batch_errored="broken")
    await submit([work(model, "broken"), work(model, "fine")])
    await passes(3)
    assert [result.key for result in taken] == ["fine"]
    await passes(10)
    assert [result.key for result in taken] == ["fine", "broken"]
    assert "asked for" in taken[1].error
    sim.set(batch_errored=None)
    assert await db(mending.ask_again, BatchItem.objects.all()) == 1
    await passes(3)
    assert (taken[2].text, taken[2].item_id) == ("Said: broken", taken[1].item_id)


@BOTH
async def test_a_request_that_can_never_be_answered_is_given_up_at_once(sim, model, taken, vendor):
    sim.set(context_window=100)
    await submit([work(model, "long", "x" * 4000), work(model, "short")])
    await passes(3)
    errors = {result.key: result.error for result in taken}
    assert errors["short"] == ""
    assert "too long" in errors["long"]


@BOTH
async def test_a_wrong_request_does_not_stop_the_others_of_its_batch(sim, model, taken):
    sim.set(batch_invalid="wrong")
    await submit([work(model, "one"), work(model, "wrong"), work(model, "two")])
    await passes(6)
    texts = {result.key: result.text for result in taken}
    assert (texts["one"], texts["two"], len(taken)) == ("Said: one", "Said: two", 3)


@BOTH
async def test_what_expired_is_asked_without_a_batch(sim, model, taken):
    sim.set(batch_expired="late")
    await submit([work(model, "late"), work(model, "early")])
    await passes(4)
    assert {result.key: result.text for result in taken} == {"late": "Said: late", "early": "Said: early"}
    assert sim.stats()["batches"]["requests"] == 2
    assert [item.failures for item in await items()] == [0, 0]


@BOTH
async def test_what_an_administrator_cancels_is_asked_without_a_batch(sim, model, taken):
    sim.set(batch_seconds=3600)
    await submit([work(model)])
    await passes(2)
    assert await db(mending.cancel, Batch.objects.all()) == 1
    await a_pass()
    assert sim.stats()["batches"]["cancelled"] == 1
    await _until_cancelled(taken)
    assert taken[0].text == "Said: a"


async def test_a_batch_that_its_deadline_overtakes_is_cancelled(sim, model, taken):
    sim.set(batch_seconds=3600)
    await submit([work(model)])
    await passes(2)
    soon = timezone.now() + timedelta(minutes=5)
    await db(Batch.objects.update, wanted_by=soon)
    await db(BatchItem.objects.update, wanted_by=soon)
    await _until_cancelled(taken)
    assert sim.stats()["batches"] == {"created": 1, "requests": 1, "cancelled": 1}


async def _until_cancelled(taken):
    for _ in range(100):  # a cancelled batch ends within a tenth of a second
        await a_pass()
        if taken:
            return
    raise AssertionError("it was not asked otherwise")


async def test_what_is_wanted_today_does_not_travel_with_what_has_time(sim, model, taken):
    today = [work(model, f"today{n}", deadline_seconds=6 * 3600) for n in range(2)]
    await submit([*today, *works(model, 3, deadline_seconds=5 * 86_400)])
    await a_pass()
    assert [batch.size for batch in await batches()] == [2, 3]


async def test_what_is_wanted_soon_never_goes_in_a_batch(sim, model, taken):
    await submit([work(model, deadline_seconds=60)])
    await passes(2)
    assert (taken[0].text, sim.stats()["batches"]["created"]) == ("Said: a", 0)


async def test_a_refused_key_waits_until_somebody_mends_it(sim, model, taken):
    sim.set(api_keys=["sk-another"])
    await submit([work(model)])
    await passes(8)
    item = await the_item()
    assert (item.state, item.failures, taken) == (State.WAITING, 0, [])
    assert "API key" in item.error
    assert "sk-secret" not in item.error + (await batches())[-1].error
    sim.set(api_keys=None)
    await passes(3)
    assert taken[0].text == "Said: a"


async def test_nothing_is_asked_of_models_that_are_switched_off(sim, model, taken):
    await db(Model.objects.update, enabled=False)
    await submit([work(model), work(model, "b", deadline_seconds=60)])
    await passes(2)
    assert sim.stats()["requests"] == 0
    await db(Model.objects.update, enabled=True)
    await passes(3)
    assert len(taken) == 2


async def test_items_of_a_deleted_model_fail_and_say_so(model, taken):
    await submit([work(model)])
    await db(Provider.objects.all().delete)
    await passes(2)
    assert taken[0].error == "Its model was deleted."


async def test_a_model_deleted_while_its_batch_is_away_loses_no_item(sim, model, taken):
    sim.set(batch_seconds=3600)
    await submit([work(model)])
    await passes(2)
    await db(Provider.objects.all().delete)
    await passes(2)
    assert taken[0].error == "Its model was deleted."


@BOTH
async def test_a_batch_that_the_vendor_knows_no_more_goes_again(sim, model, taken):
    sim.set(batch_seconds=3600)
    await submit([work(model)])
    await passes(2)
    sim.reset()
    sim.set(batch_seconds=0, reply="Said: {message}")
    await passes(4)
    assert [batch.state for batch in await batches()] == [Batch.State.LOST, Batch.State.ENDED]
    assert taken[0].text == "Said: a"


async def test_what_was_withdrawn_is_not_delivered(sim, model, taken):
    await submit(works(model, 3))
    await a_pass()
    assert await withdraw(PURPOSE, ["k0", "k2", "k9"]) == 2
    await passes(3)
    assert [result.key for result in taken] == ["k1"]


@BOTH
async def test_results_that_break_off_are_read_again(sim, model, taken, vendor):
    for kind in ("cut", "truncate", "malformed"):
        sim.fault(kind, after=1, path="results" if vendor == "anthropic" else "content")
    await submit(works(model, 4))
    await passes(6)
    assert len(taken) == len({result.item_id for result in taken}) == 4
    assert sim.stats()["batches"]["created"] == 1


async def test_work_in_a_transaction_that_is_rolled_back_was_never_submitted(model, taken):
    from django.db import transaction

    def rolled_back():
        with transaction.atomic():
            enqueue([work(model)])
            transaction.set_rollback(True)

    await db(rolled_back)
    assert await items() == []


async def test_a_result_that_nothing_takes_is_kept_for_the_administrator(model, monkeypatch):
    calls = []

    async def broken(result):
        calls.append(result.item_id)
        raise RuntimeError("no room")

    monkeypatch.setitem(handlers._handlers, PURPOSE, broken)
    await submit([work(model)])
    await passes(14)
    item = await the_item()
    assert len(calls) == handlers.MOST_DELIVERIES == item.deliveries
    assert (item.deliver_at, item.delivered_at, item.text) == (None, None, "Said: a")
    assert item.delivery_error == "RuntimeError: no room"
    monkeypatch.delitem(handlers._handlers, PURPOSE)
    assert await db(mending.deliver_again, BatchItem.objects.all()) == 1
    await a_pass()
    assert "nothing takes results of 'test'" in (await the_item()).delivery_error
