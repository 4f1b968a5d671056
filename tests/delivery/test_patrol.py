"""The patrol finds clients that are behind because a bell was lost, and leaves the others alone."""

import asyncio
import json
from uuid import uuid4

import pytest

from conversations.delivery import eventlog, patrol
from conversations.delivery.bell import Bell
from conversations.delivery.eventlog import Event, append
from conversations.delivery.follow import follow
from conversations.session import Visitor
from people.sessions import Session

PATIENCE = 20.0  # seconds


@pytest.fixture
def rounds(monkeypatch):
    """Rounds of a tenth of a second, without a bell; counts what was read and asked for."""
    counts = {"read": 0, "newest": 0}
    counts["again"] = asyncio.Condition()

    def counted(name, function):
        async def call(*arguments):
            found = await function(*arguments)
            async with counts["again"]:
                counts[name] += 1
                counts["again"].notify_all()
            return found

        monkeypatch.setattr(eventlog, name, call)

    heard = Bell._heard
    monkeypatch.setattr(Bell, "_heard", lambda self, kind, *rest: kind == "message" or heard(self, kind, *rest))
    monkeypatch.setattr(patrol, "ROUND_SECONDS", 0.1)
    counted("read", eventlog.read)
    counted("newest", eventlog.newest)
    return counts


@pytest.fixture
def visitor(site, redis_clean):
    return Visitor(Session(site.pk, f"anon:{uuid4()}"), "127.0.0.1")


async def following(news):
    return [json.loads(frame)["type"] for _, frame in await asyncio.wait_for(anext(news), PATIENCE)]


async def go_round(rounds, times):
    last = rounds["newest"] + times
    async with asyncio.timeout(PATIENCE), rounds["again"]:
        await rounds["again"].wait_for(lambda: rounds["newest"] >= last)


async def test_an_event_whose_bell_was_lost_is_seen_on_the_next_round(visitor, rounds):
    conversation = uuid4()
    news = follow(visitor, conversation, "")
    assert await following(news) == ["snapshot"]
    await append(conversation, Event("handoff", {}), Event("handback", {}))
    assert await following(news) == ["handoff", "handback"]
    await news.aclose()


async def test_a_client_whose_log_was_lost_gets_a_snapshot_without_a_bell(visitor, rounds, redis_clean):
    news = follow(visitor, uuid4(), "")
    assert await following(news) == ["snapshot"]
    redis_clean.flushdb()
    assert await following(news) == ["snapshot"]
    await news.aclose()


async def test_a_client_that_has_everything_is_not_made_to_read(visitor, rounds):
    news = follow(visitor, uuid4(), "")
    assert await following(news) == ["snapshot"]
    waiting = asyncio.ensure_future(anext(news))
    await go_round(rounds, 2)  # the first may have begun before the client had everything
    before = dict(rounds)
    await go_round(rounds, 4)
    assert rounds["read"] == before["read"]
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await news.aclose()
    assert not patrol._patrols[asyncio.get_running_loop()].watches
