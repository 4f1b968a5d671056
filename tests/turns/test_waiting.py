"""A turn that its model's rate tier does not let in: parked, told its place, let out in order, never lost."""

import asyncio
import contextlib
import time

import pytest

from conversations.delivery import eventlog
from conversations.models import Turn, TurnState
from conversations.turns import dispatch
from conversations.turns.lease import worker_lease
from conversations.turns.run import run_turn
from conversations.turns.stop import stop
from memory.embedding import embedder
from parley.background import settled
from routing import admission
from routing.admission import tiers
from routing.models import Model, Provider, RateTier
from routing.providers import warm_up
from routing.ready import forget

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(site, sim):
    warm_up()  # seconds of importing, in which a lease would run out
    embedder().warm_up()
    forget()
    tiers.forget()
    provider = Provider(name="anthropic", vendor="anthropic", base_url=sim.anthropic_url)
    provider.api_key = "sk-test"
    provider.save()
    Model.objects.create(provider=provider, name="first", order=1, max_output_tokens=100)
    yield provider
    tiers.forget()


@pytest.fixture
def second(provider):
    return Model.objects.create(provider=provider, name="second", order=2, max_output_tokens=100)


def limited(provider, **limits):
    model = provider.models.get(name="first")
    return RateTier.objects.create(provider=provider, model=model, **limits)


async def all_turns(query):
    return [turn async for turn in query.order_by("id")]


async def tier(provider, **limits):
    from parley.threads import in_database_thread

    row = await in_database_thread(limited, provider, **limits)
    tiers.forget()
    return row


@contextlib.asynccontextmanager
async def working(queued_ids):
    """The dispatcher, and a worker that runs what is in the queue."""
    begun = set()

    async def work():
        while True:
            for job in [job for job in queued_ids() if job not in begun]:
                begun.add(job)
                tasks.append(asyncio.create_task(run_turn(int(job.split("-")[1]))))
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(dispatch.dispatch_forever())]
    tasks.append(asyncio.create_task(work()))
    async with worker_lease().held():
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await settled()


async def until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, [
            (turn.pk, turn.state, turn.attempt, turn.parks, turn.parked_in, turn.error, turn.error_detail)
            async for turn in Turn.objects.order_by("id")
        ]
        await asyncio.sleep(0.02)


async def states():
    return [turn.state async for turn in Turn.objects.order_by("id")]


async def test_turns_beyond_the_tier_wait_without_a_slot_and_go_in_order(say, queued, provider, sim):
    await tier(provider, requests_per_minute=120, burst_seconds=0.5)
    asked = [await say(f"Question {number}") for number in range(6)]
    async with working(queued):

        async def answered():
            return await states() == ["answered"] * 6

        await until(answered)
    turns = [turn async for turn in Turn.objects.order_by("admitted_at")]
    waited = [turn.pk for turn in turns if turn.parks]
    assert waited == sorted(waited), "first come, first served"
    assert len(waited) >= 2  # on a machine that is busy enough some come when their time has come
    assert turns[-1].plan is None
    took = (turns[-1].admitted_at - turns[0].admitted_at).total_seconds()
    assert 2.0 <= took <= 20, "two a second, with one at once"
    assert sim.stats()["requests"] == 6

    async def told():
        page = await eventlog.read(asked[-1].conversation, "")
        return any('"type":"answer"' in frame for _, frame in page.events)

    await until(told)


async def test_a_waiting_turn_is_told_its_place_and_an_estimate(say, provider):
    row = await tier(provider, requests_per_minute=1, burst_seconds=1, late_seconds=30)
    await say("The first takes the only place")
    accepted = [await say(f"Question {number}") for number in range(3)]
    async with worker_lease().held():
        for turn in [turn async for turn in Turn.objects.order_by("id")]:
            await run_turn(turn.pk)
        await settled()
    assert await states() == ["answered", "queued", "queued", "queued"]
    (waiting,) = await admission.lines((await admission.all_tiers())[:1])
    assert [place.turn for place in waiting] == [one.turn for one in accepted]
    assert waiting[1].seconds == pytest.approx(120, abs=5)
    page = await eventlog.read(accepted[1].conversation, "")
    told = [frame for _, frame in page.events if '"type":"place"' in frame]
    assert '"place":1' in told[-1]
    assert '"late":true' in told[-1]
    parked = await Turn.objects.aget(pk=accepted[1].turn)
    assert (parked.parked_in, parked.owner) == (f"t{row.pk}", "")


async def test_a_raised_tier_lets_the_line_out_at_once(say, queued, provider):
    row = await tier(provider, requests_per_minute=1, burst_seconds=1)
    for number in range(5):
        await say(f"Question {number}")
    async with working(queued):

        async def most_wait():
            return (await states()).count("answered") == 1 and await Turn.objects.exclude(parked_at=None).acount() == 4

        await until(most_wait)
        await RateTier.objects.filter(pk=row.pk).aupdate(requests_per_minute=60_000)
        began = time.monotonic()

        async def all_answered():
            return (await states()).count("answered") == 5

        await until(all_answered)
        assert time.monotonic() - began < 25, "no minute for each"


async def test_a_stopped_turn_leaves_no_hole_in_the_line(say, queued, provider, sim):
    row = await tier(provider, requests_per_minute=1, burst_seconds=1)
    for number in range(4):
        await say(f"Question {number}")
    async with working(queued):

        async def three_wait():
            return (await states()).count("answered") == 1 and await Turn.objects.exclude(parked_at=None).acount() == 3

        await until(three_wait)
        first, middle, last = await all_turns(Turn.objects.exclude(parked_at=None))
        (before,) = await admission.lines([await tiers.tier_named(f"t{row.pk}")])
        await stop(middle.conversation_id, middle.pk)
        (behind,) = await admission.lines([await tiers.tier_named(f"t{row.pk}")])
        assert [place.turn for place in before] == [first.pk, middle.pk, last.pk]
        assert [place.turn for place in behind] == [first.pk, last.pk]
        assert behind[1].seconds == pytest.approx(before[1].seconds, abs=30), "a minute earlier than it was told"
        await RateTier.objects.filter(pk=row.pk).aupdate(requests_per_minute=60_000)

        async def over():
            return sorted(await states()) == ["answered", "answered", "answered", "cancelled"]

        await until(over)
    assert sim.stats()["requests"] == 3


async def test_a_429_sends_the_turn_back_to_its_place_and_it_is_answered(say, queued, provider, sim):
    sim.fault("status", status=429, retry_after=1, count=2)
    accepted = await say("Hello")
    async with working(queued):

        async def answered():
            return await states() == ["answered"]

        await until(answered)
    turn = await Turn.objects.aget(pk=accepted.turn)
    assert turn.parks >= 1
    assert turn.attempt - turn.parks == 1, "waiting is no failure"


async def test_a_line_that_is_too_long_is_left_for_the_next_model(say, queued, provider, second):
    await tier(provider, requests_per_minute=1, burst_seconds=1, fall_over_seconds=2)
    for number in range(3):
        await say(f"Question {number}")
    async with working(queued):

        async def answered():
            return await states() == ["answered"] * 3

        await until(answered)
    names = [turn.model_name async for turn in Turn.objects.order_by("id")]
    assert sorted(names) == ["first", "second", "second"]


async def test_while_every_model_is_down_the_turn_waits_for_one_to_come_back(say, queued, provider, sim, settings):
    settings.OUTAGE_SECONDS = 60
    sim.fault("status", status=503, count=3)
    accepted = await say("Hello")
    async with working(queued):

        async def answered():
            return await states() == ["answered"]

        await until(answered)
    assert (await Turn.objects.aget(pk=accepted.turn)).parks >= 1


async def test_a_tier_for_nobody_answers_from_the_articles(say, queued, provider):
    from people.models import AudienceTier

    premium, _ = await AudienceTier.objects.aget_or_create(key="premium")
    model = await Model.objects.aget(name="first")
    await model.audiences.aadd(premium)
    accepted = await say("Hello")
    await run_turn(accepted.turn)
    turn = await Turn.objects.aget(pk=accepted.turn)
    assert (turn.state, turn.model_name) == (TurnState.ANSWERED, "articles")
