"""Limits for strangers: they bite, say how long, count a thing once, and never lose a message when Redis is away."""

from uuid import uuid4

import pytest

from people import limits
from people.limits import Limit, TooMany, count

THREE = Limit("message", "somebody", 3)


async def test_the_fourth_of_three_a_minute_is_refused_with_the_time_to_wait(redis_clean):
    for _ in range(3):
        await count(uuid4(), THREE)
    with pytest.raises(TooMany) as over:
        await count(uuid4(), THREE)
    assert 55 < over.value.wait <= 60
    await count(uuid4(), Limit("message", "somebody else", 3))


async def test_the_window_moves_so_that_room_comes_as_the_oldest_leaves(redis_clean, monkeypatch):
    monkeypatch.setattr(limits, "WINDOW", 0.5)
    await count(uuid4(), THREE)
    redis_clean.zadd(THREE.key, {b"old": now(redis_clean) - 400, b"older": now(redis_clean) - 450})
    with pytest.raises(TooMany) as over:
        await count(uuid4(), THREE)
    assert 0 < over.value.wait <= 0.05, "the oldest has 450 of its 500 milliseconds behind it"
    redis_clean.zadd(THREE.key, {b"older": now(redis_clean) - 501})
    await count(uuid4(), THREE)


async def test_what_is_sent_again_is_not_counted_again_and_passes_over_the_limit(redis_clean):
    sent = [uuid4() for _ in range(3)]
    for _ in range(2):
        for one in sent:
            await count(one, THREE)
    assert redis_clean.zcard(THREE.key) == 3


async def test_of_two_limits_the_one_that_refuses_leaves_nothing_counted_in_the_other(redis_clean):
    one = Limit("message-address", "192.0.2.1", 1)
    await count(uuid4(), one)
    with pytest.raises(TooMany) as over:
        await count(uuid4(), THREE, one)
    assert over.value.limit == one
    assert redis_clean.zcard(THREE.key) == 0


async def test_what_did_not_happen_is_taken_back(redis_clean):
    kept = uuid4()
    await count(kept, THREE)
    again = await count(kept, THREE)
    await again.take_back()
    assert redis_clean.zcard(THREE.key) == 1, "the second time counted nothing that could be taken back"
    await (await count(uuid4(), THREE)).take_back()
    assert redis_clean.zcard(THREE.key) == 1


async def test_a_limit_that_was_lowered_waits_until_enough_have_left(redis_clean):
    moment = now(redis_clean)
    redis_clean.zadd(THREE.key, {bytes([age]): moment - age * 1000 for age in (50, 40, 30, 20, 10)})
    with pytest.raises(TooMany) as over:
        await count(uuid4(), THREE)
    assert over.value.wait == pytest.approx(30, abs=1), "three of five must leave, the third in 30 seconds"


async def test_a_redis_that_has_forgotten_the_script_is_told_it_again(redis_clean):
    redis_clean.script_flush()
    await count(uuid4(), THREE)
    assert redis_clean.zcard(THREE.key) == 1


async def test_a_window_is_forgotten_once_it_is_empty(redis_clean):
    await count(uuid4(), THREE)
    assert 59_000 < redis_clean.pttl(THREE.key) <= 60_000


async def test_without_redis_nothing_is_refused(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(3):
        await count(uuid4(), Limit("message", "somebody", 1))


def now(redis):
    """Redis's clock in milliseconds."""
    seconds, microseconds = redis.time()
    return seconds * 1000 + microseconds // 1000
