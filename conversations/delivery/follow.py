"""Following a conversation: everything after a cursor, then whatever comes, for every transport alike."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from uuid import UUID

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.delivery import eventlog
from conversations.delivery.bell import bell
from conversations.delivery.patrol import watched
from conversations.delivery.snapshot import snapshot
from conversations.session import Visitor

log = logging.getLogger(__name__)
RETRY_SECONDS = 1.0
NO_LOG = ":0"  # a cursor that no log holds
AWAY = (RedisError, OSError, OperationalError, PoolTimeout)
Frames = list[tuple[str, str]]  # (cursor, frame as JSON)


async def follow(
    visitor: Visitor, conversation: UUID, cursor: str, *, quiet: float | None = None
) -> AsyncGenerator[Frames, None]:
    """Yield what is new, in order, as it comes; an empty list when nothing came for `quiet` seconds, if any are given.

    Whoever missed a bell is found by the patrol. While Redis or Postgres is away it waits and tries again; without
    Redis a new client gets what Postgres knows. Raises Refused when the conversation turns out to be somebody else's.
    """
    async with bell().listen(eventlog.channel(conversation)) as ring:
        with watched(conversation, ring) as watch:
            ring.take()  # it was rung when the subscription was confirmed; everything is read now
            heard: list[bytes] | None = None
            while True:
                try:
                    frames, cursor = await _heard_or_read(visitor, conversation, cursor, heard)
                except AWAY as error:
                    log.warning("A follower waits: %s", type(error).__name__)
                    if not cursor and (shown := await _without_redis(visitor, conversation)):
                        cursor = NO_LOG
                        yield shown
                    await asyncio.sleep(RETRY_SECONDS)
                    heard = None
                    continue
                watch.cursor = cursor
                if frames:
                    yield frames
                rung = await ring.wait(quiet)
                if not rung:
                    yield []
                heard = ring.take() if rung else None


async def _heard_or_read(
    visitor: Visitor, conversation: UUID, cursor: str, heard: list[bytes] | None
) -> tuple[Frames, str]:
    """What the bell carried, where that goes on from the cursor; else what the log says. Raises as `news` does."""
    frames = continued(cursor, heard)
    if frames is None:
        return await news(visitor, conversation, cursor)
    if not frames:
        return [], cursor
    await visitor.check_conversation(conversation)
    return frames, frames[-1][0]


def continued(cursor: str, heard: list[bytes] | None) -> Frames | None:
    """The carried events that follow the cursor without a gap; None where there is one: the log must be read."""
    if not heard:
        return None
    epoch, _, number = cursor.partition(":")
    frames: Frames = []
    for carried in heard:
        name, _, payload = carried.decode().partition(" ")
        epoch_of_it, _, its_number = name.partition(":")
        if epoch_of_it != epoch or not payload:
            return None
        ahead = int(its_number) - int(number) - len(frames)
        if ahead > 1:
            return None
        if ahead == 1:
            frames.append((name, f'{{"n":"{name}",{payload[1:]}'))
    return frames


async def news(visitor: Visitor, conversation: UUID, cursor: str) -> tuple[Frames, str]:
    """What came after `cursor`, and the new cursor: events, or a snapshot where the cursor holds no longer.

    Raises Refused, RedisError, or psycopg's OperationalError.
    """
    page = await eventlog.read(conversation, cursor)
    if page.resumed and not page.events:
        return [], page.cursor
    await visitor.check_conversation(conversation)
    if page.resumed:
        return page.events, page.cursor
    return [(page.cursor, await snapshot(conversation, page.cursor, (frame for _, frame in page.events)))], page.cursor


async def _without_redis(visitor: Visitor, conversation: UUID) -> Frames:
    """What Postgres alone can tell a client that has seen nothing yet; a whole snapshot follows when Redis is back."""
    try:
        await visitor.check_conversation(conversation)
        return [(NO_LOG, await snapshot(conversation, NO_LOG, ()))]
    except (OperationalError, PoolTimeout):
        return []
