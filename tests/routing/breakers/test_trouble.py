"""Redis away, emptied or taken over by another; keys corrected; what a healthy model costs."""

import logging
import time

import pytest
from django.db import transaction
from redis.asyncio import Redis

from parley.pools import redis
from parley.threads import in_database_thread
from routing import breakers
from routing.breakers import Standing, State
from routing.breaking import known as views
from routing.breaking import script
from routing.models import Model, Provider
from tests.routing.breakers.calls import MODEL, OTHER, REFUSED_KEY, fail, standing


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(views, "redis", lambda: nobody)


@pytest.mark.usefixtures("redis_away")
async def test_while_redis_is_away_all_is_allowed_nothing_raises_and_one_line_is_logged(caplog) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        assert await breakers.allowed([MODEL, OTHER]) == {MODEL: True, OTHER: True}
        await fail(6)
        await breakers.succeeded(MODEL)
        await breakers.untried(MODEL)
        await breakers.reset([MODEL])
    assert await breakers.states([MODEL]) == {MODEL: Standing()}
    assert len([record for record in caplog.records if record.name.startswith("routing.breaking")]) == 1


async def test_when_redis_comes_back_breakers_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        nobody = Redis.from_url("redis://127.0.0.1:1/0")
        away.setattr(views, "redis", lambda: nobody)
        away.setattr(views, "AWAY_SECONDS", 0.0)
        assert await breakers.allowed([MODEL]) == {MODEL: True}
    await fail(5)
    assert (await standing()).state is State.OPEN


async def test_a_redis_that_was_emptied_lets_everything_through(process) -> None:
    await fail(1, REFUSED_KEY)
    await redis().flushdb()
    assert await process()(breakers.allowed([MODEL])) == {MODEL: True}


async def test_a_broken_record_lets_everything_through(process) -> None:
    await redis().set(script.key(MODEL), "no hash")
    assert await process()(breakers.allowed([MODEL])) == {MODEL: True}


async def test_a_server_with_a_clock_behind_that_takes_over_begins_anew(process) -> None:
    ahead = int((time.time() + 3600) * 1000)
    await redis().hset(script.key(MODEL), mapping={"since": ahead, "ends": ahead + 5000, "pause": 5000, "run": 5})
    assert await process()(breakers.allowed([MODEL])) == {MODEL: True}
    await fail(5)
    assert (await standing()).state is State.OPEN


async def test_times_are_valkeys_not_those_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 86_400)
    await fail(5)
    found = await standing()
    assert found.state is State.OPEN
    assert found.since is not None
    assert abs(found.since.timestamp() - real()) < 5


async def test_a_healthy_model_costs_one_look_for_all_turns_of_a_moment(redis_clean) -> None:
    await breakers.allowed([MODEL, OTHER])
    before = redis_clean.info("commandstats")["cmdstat_eval"]["calls"]
    for _ in range(100):
        await breakers.allowed([MODEL, OTHER])
        await breakers.succeeded(MODEL)
    looks = redis_clean.info("commandstats")["cmdstat_eval"]["calls"] - before
    assert looks <= 10, "100 turns of a few quarters of a second"
    assert not redis_clean.exists(script.key(MODEL)), "and leave nothing behind"


@pytest.mark.django_db(transaction=True)
async def test_saving_a_provider_or_a_model_closes_its_breakers(process) -> None:
    provider = await in_database_thread(
        Provider.objects.create, name="Main", vendor="openai", base_url="http://x.example"
    )
    mine = await in_database_thread(Model.objects.create, provider=provider, name="m")
    stale = process()
    await stale(breakers.allowed([mine.pk]))
    for row in (provider, mine):
        await fail(1, REFUSED_KEY, mine.pk)
        await fail(1, REFUSED_KEY, OTHER)
        assert (await standing(mine.pk)).state is State.OPEN
        await in_database_thread(row.save)
        assert (await standing(mine.pk)).state is State.CLOSED
        assert (await standing(OTHER)).state is State.OPEN
    await stale(fail(1, REFUSED_KEY, mine.pk))
    assert (await standing(mine.pk)).state is State.CLOSED, "that call went out with the old key"


@pytest.mark.django_db(transaction=True)
def test_a_save_that_is_rolled_back_closes_nothing(redis_clean) -> None:
    provider = Provider.objects.create(name="Main", vendor="openai")
    mine = Model.objects.create(provider=provider, name="m")
    redis_clean.delete(script.key(mine.pk))
    with transaction.atomic():
        provider.save()
        transaction.set_rollback(True)
    assert not redis_clean.exists(script.key(mine.pk))


async def test_just_after_a_reset_a_refused_key_is_overlooked_as_it_may_be_the_old_one(policy) -> None:
    policy(grace_ms=60_000)
    await breakers.reset([MODEL])
    await fail(3, REFUSED_KEY)
    assert (await standing()).state is State.CLOSED
