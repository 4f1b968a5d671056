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
from conversations.delivery.snapshot import snapshot
from conversations.session import Visitor

log = logging.getLogger(__name__)
QUIET_SECONDS = 15.0  # read once in a while without any bell
RETRY_SECONDS = 1.0
NO_LOG = ":0"  # a cursor that no log holds
AWAY = (RedisError, OSError, OperationalError, PoolTimeout)
Frames = list[tuple[str, str]]  # (cursor, frame as JSON)


async def follow(
    visitor: Visitor, conversation: UUID, cursor: str, *, quiet: float = QUIET_SECONDS
) -> AsyncGenerator[Frames, None]:
    """Yield what is new, in order, as it comes; an empty list when nothing came for `quiet` seconds.

    While Redis or Postgres is away it waits and tries again; without Redis a new client gets what Postgres knows.
    Raises Refused when the conversation turns out to be somebody else's.
    """
    async with bell().listen(eventlog.channel(conversation)) as ring:
        while True:
            ring.clear()
            try:
                frames, cursor = await news(visitor, conversation, cursor)
            except AWAY as error:
                log.warning("A follower waits: %s", type(error).__name__)
                if not cursor and (shown := await _without_redis(visitor, conversation)):
                    cursor = NO_LOG
                    yield shown
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if frames:
                yield frames
            elif not await _rung(ring, quiet):
                yield []


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


async def _rung(ring: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await ring.wait()
    except TimeoutError:
        return False
