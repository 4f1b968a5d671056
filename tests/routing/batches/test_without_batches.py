"""Where a server has no batch interface, small requests go together, the others alone, all after people's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from routing import admission
from routing.admission import Admitted, Need, Waiting
from routing.batches import submit
from routing.models import BatchItem, Provider, RateTier
from tests.routing.batches.helpers import BOTH, LABEL, a_pass, db, items, passes, work, works

Way = BatchItem.Way
pytestmark = pytest.mark.usefixtures("no_batches")


@pytest.fixture
def no_batches(sim, model):
    """A compatible server that does not know the addresses of batches and files."""
    for path in ("/files", "/batches"):
        sim.fault("status", status=404, path=path, share=1)


def chats(sim):
    return [each for each in sim.stats()["recent"] if each["path"].endswith(("completions", "v1/messages"))]


@BOTH
async def test_each_request_is_asked_alone_where_nothing_may_be_together(sim, model, taken):
    await submit(works(model, 5))
    await passes(2)
    assert {result.key: result.text for result in taken} == {f"k{n}": f"Said: k{n}" for n in range(5)}
    assert len(chats(sim)) == 5
    assert [item.failures for item in await items()] == [0] * 5


async def test_a_server_without_batches_is_not_asked_for_them_each_time(sim, model, taken):
    await submit([work(model)])
    await passes(2)
    await submit([work(model, "b")])
    await passes(2)
    assert len([each for each in sim.stats()["recent"] if each["path"].endswith("/files")]) == 1
    assert len(taken) == 2


async def test_small_requests_of_one_kind_become_one(sim, model, taken):
    sim.set(reply='{"1": "one", "2": {"label": "two"}, "3": "three"}', input_tokens=300, output_tokens=None)
    asked = [work(model, "a", together="x"), work(model, "b", reply_schema=LABEL, together="x")]
    await submit([*asked, work(model, "c", together="x"), work(model, "other", together="y")])
    await passes(2)
    found = {result.key: result for result in taken}
    assert (found["a"].text, found["b"].data, found["c"].text) == ("one", {"label": "two"}, "three")
    assert len(chats(sim)) == 2
    body = chats(sim)[0]["body"]
    assert "3 separate tasks" in body["messages"][0]["content"]
    assert 'User: "a"' in body["messages"][1]["content"]
    assert sum(found[key].usage.input_tokens for key in "abc") == 300, "shared to the last token"
    assert found["a"].cost > 0


async def test_what_does_not_come_back_is_asked_alone(sim, model, taken):
    sim.set(reply='{"1": "one", "2": {"label": 7}}')
    asked = [work(model, "a", together="x"), work(model, "bad", reply_schema=LABEL, together="x")]
    await submit([*asked, work(model, "missing", together="x")])
    await a_pass()
    await db(_gathered)
    sim.set(reply='{"label": "right"}')
    await passes(3)
    found = {result.key: result for result in taken}
    assert found["bad"].data == {"label": "right"}
    assert found["missing"].text == '{"label": "right"}'
    ways = {item.key: (item.way, item.failures) for item in await items()}
    assert ways == {"a": (Way.COMBINED, 0), "bad": (Way.ALONE, 0), "missing": (Way.ALONE, 0)}
    assert len(chats(sim)) == 3


def _gathered():
    assert BatchItem.objects.filter(way=Way.ALONE).count() == 2


async def test_a_reply_that_is_no_json_sends_all_of_it_alone(sim, model, taken):
    await submit(works(model, 3, together="x"))
    await passes(3)
    assert {result.key: result.text for result in taken} == {f"k{n}": f"Said: k{n}" for n in range(3)}
    assert len(chats(sim)) == 4


async def test_requests_gather_before_they_go_together(sim, model, taken):
    await db(Provider.objects.update, batch_seconds=3600, batch_items=1)
    await submit(works(model, 2, together="x"))
    await passes(3)
    assert chats(sim) == []
    await db(BatchItem.objects.update, created_at=timezone.now() - timedelta(hours=2))
    sim.set(reply='{"1": "one", "2": "two"}')
    await a_pass()
    assert (len(chats(sim)), len(taken)) == (1, 2)


async def test_large_requests_do_not_go_together(sim, model, taken):
    await submit(works(model, 3, text="y" * 9000, together="x"))
    await passes(2)
    assert (len(chats(sim)), len(taken)) == (3, 3)


async def test_people_go_first(sim, model, taken):
    await db(RateTier.objects.create, provider=model.provider, model=model, requests_per_minute=60, burst_seconds=1)
    admission.tiers.forget()
    tier = (await admission.tiers_for([(model.pk, model.provider_id)]))[model.pk]
    need = Need(10, 10)
    assert isinstance(await admission.admit(tier, 1, need, since=1.0), Admitted)
    assert isinstance(await admission.admit(tier, 2, need, since=2.0), Waiting)
    await submit([work(model, deadline_seconds=60)])
    await passes(2)
    assert (chats(sim), taken) == ([], [])
    item = (await items())[0]
    assert (item.state, item.attempts) == (BatchItem.State.WAITING, 0)
    assert [[place.turn for place in line] for line in await admission.lines([tier])] == [[2]], "never in line"
    await admission.leave(tier.key, 2)
    await db(RateTier.objects.all().delete)
    admission.tiers.forget()
    await passes(2)
    assert len(taken) == 1


async def test_a_busy_model_does_not_hold_up_another(sim, model, taken):
    other = await db(model.provider.models.create, name="m-2")
    await db(RateTier.objects.create, provider=model.provider, model=model, requests_per_minute=1, burst_seconds=1)
    admission.tiers.forget()
    tier = (await admission.tiers_for([(model.pk, model.provider_id)]))[model.pk]
    await admission.admit(tier, 1, Need(10, 10), since=1.0)
    busy = [work(model, f"busy{n}", deadline_seconds=60) for n in range(12)]
    await submit([*busy, work(other, "free", deadline_seconds=60)])
    await a_pass()
    assert [result.key for result in taken] == ["free"]
    admission.tiers.forget()


async def test_a_limit_of_the_vendor_does_not_count_as_a_failure(sim, model, taken):
    sim.fault("status", status=429, path="completions", retry_after=1)
    await submit([work(model)])
    await passes(2)
    item = (await items())[0]
    assert (item.state, item.failures) == (BatchItem.State.WAITING, 0)
    assert item.not_before is not None


async def test_a_server_that_fails_is_asked_again_and_not_for_ever(sim, model, taken):
    sim.fault("status", status=500, path="completions", share=1)
    await submit([work(model)])
    await passes(9)
    assert taken[0].error
    assert len(chats(sim)) == 5


async def test_without_redis_ordinary_requests_wait(sim, model, taken, settings):
    from parley import pools

    await pools.close()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    await submit([work(model)])
    await passes(2)
    assert (chats(sim), taken) == ([], [])
    await pools.close()
