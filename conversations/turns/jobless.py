"""Which queued turns have no job, as Redis sees it."""

from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum
from pathlib import Path

from django.conf import settings
from rq.utils import now, utcformat

from conversations.turns.queue import QUEUE, job_id
from parley.pools import redis
from workers.leases import KEYS

SCRIPT = (Path(__file__).parent / "jobless.lua").read_text()
PREFIX = "rq:job:"
Waiting = tuple[int, int]  # turn, attempt


class Job(IntEnum):
    """What became of a turn's job."""

    IN_HAND = 0
    NONE = 1
    GIVEN_UP = 2


async def look_up(turns: Sequence[Waiting]) -> dict[Waiting, Job]:
    """What Redis knows of each turn's job, in one round trip. Raises RedisError."""
    if not turns:
        return {}
    horizon = utcformat(now() - timedelta(seconds=settings.LEASE_SECONDS))
    arguments: list[str | int] = [PREFIX, horizon, settings.MAX_ATTEMPTS, *(job_id(*turn) for turn in turns)]
    script = redis().register_script(SCRIPT)
    answers = await script(keys=[f"rq:queue:{QUEUE}", KEYS[0]], args=arguments)
    return {turn: Job(answer) for turn, answer in zip(turns, answers, strict=True)}
