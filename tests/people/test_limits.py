"""Limits for strangers: they bite, say how long, and never lose a message when Redis is away."""

import pytest

from people import limits


async def test_the_fourth_of_three_a_minute_is_refused_with_the_time_to_wait(redis_clean):
    for _ in range(3):
        await limits.count("message", "somebody", 3)
    with pytest.raises(limits.TooMany) as over:
        await limits.count("message", "somebody", 3)
    assert 1 <= over.value.wait <= 60
    await limits.count("message", "somebody else", 3)


async def test_without_redis_nothing_is_refused(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(3):
        await limits.count("message", "somebody", 1)
