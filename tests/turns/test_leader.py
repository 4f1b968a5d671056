"""One leader among the workers: what a lock in Redis promises, and what it cannot."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from parley import leader
from parley.leader import LOCK, lead


class Candidate:
    """Somebody who would lead; `leads` while it does."""

    def __init__(self):
        self.leads, self.terms = False, 0

    async def work(self):
        self.leads, self.terms = True, self.terms + 1
        try:
            await asyncio.Event().wait()
        finally:
            self.leads = False


@asynccontextmanager
async def candidates(count):
    those = [Candidate() for _ in range(count)]
    tasks = [asyncio.create_task(lead(one.work)) for one in those]
    try:
        yield those, tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition, seconds=5):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def leading(those):
    return [one for one in those if one.leads]


@pytest.fixture(autouse=True)
def quick(redis_clean, monkeypatch):
    monkeypatch.setattr(leader, "SECONDS", 0.6)
    monkeypatch.setattr(leader, "RENEW", 0.1)


async def test_one_of_three_leads_and_the_others_wait():
    async with candidates(3) as (those, _):
        await until(lambda: leading(those))
        await asyncio.sleep(1)
        assert sorted(one.terms for one in those) == [0, 0, 1]


async def test_a_leader_that_ends_hands_over_at_once(monkeypatch):
    monkeypatch.setattr(leader, "SECONDS", 30)
    async with candidates(2) as (those, tasks):
        await until(lambda: leading(those))
        [first] = leading(those)
        tasks[those.index(first)].cancel()
        await until(lambda: leading(those) and leading(those) != [first], seconds=2)


async def test_a_lock_that_nobody_renews_passes_to_another(redis_clean):
    redis_clean.set(LOCK, "a process that was killed", px=600)
    async with candidates(1) as (those, _):
        await asyncio.sleep(0.2)
        assert not leading(those)
        await until(lambda: leading(those), seconds=2)


async def test_a_leader_whose_lock_was_taken_by_another_stops_working(redis_clean):
    async with candidates(1) as (those, _):
        await until(lambda: leading(those))
        redis_clean.set(LOCK, "somebody else", px=600)
        await until(lambda: not leading(those), seconds=1)
        assert redis_clean.get(LOCK) == b"somebody else", "it hands over only what is its own"
        await until(lambda: leading(those), seconds=2)


async def test_a_redis_that_was_emptied_has_one_leader_again(redis_clean):
    async with candidates(2) as (those, _):
        await until(lambda: leading(those))
        redis_clean.flushdb()
        await until(lambda: redis_clean.exists(LOCK) and len(leading(those)) == 1)


async def test_work_that_fails_or_ends_is_taken_up_again():
    terms = 0

    async def fails():
        nonlocal terms
        terms += 1
        if terms < 3:
            raise ValueError("wrong")

    task = asyncio.create_task(lead(fails))
    await until(lambda: terms >= 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_without_redis_nobody_leads_and_nothing_breaks(settings, caplog, unused_tcp_port_number):
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port_number}/0"
    async with candidates(1) as (those, tasks):
        await asyncio.sleep(1)
        assert not leading(those)
        assert not tasks[0].done()
    assert len([record for record in caplog.records if record.name == "parley.leader"]) == 1


@pytest.fixture
def unused_tcp_port_number():
    from embedded.processes import free_port

    return free_port()
