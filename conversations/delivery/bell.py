"""One Redis subscription for each process, that rings whoever waits for news of a conversation.

A ring says "read again". Most carry the event itself, so that whoever has everything before it need not read; but
nobody relies on that: a lost ring costs a delay (clients read now and then without one), never an event, and after a
broken connection everybody is rung.
"""

import asyncio
import logging
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from parley import pools

log = logging.getLogger(__name__)
CONTROL = "parley:bell"  # keeps the subscription alive while nobody listens
PING_SECONDS = 10.0
MOST_CARRIED = 8  # a listener that is further behind reads: deltas that later ones made void are gone from the log


class Ring:
    """What a listener has heard since it last looked. Thousands of them are idle, so it weighs little."""

    __slots__ = ("_carried", "_rung", "_waiter")

    def __init__(self) -> None:
        self._rung = False
        self._waiter: asyncio.Future[None] | None = None
        self._carried: list[bytes] | None = None

    def ring(self, carried: bytes | None = None) -> None:
        """There is news; None, or more than a listener can be behind by, means that it must read."""
        if carried is None:
            self._carried = None
        elif not self._rung:
            self._carried = [carried]
        elif self._carried is not None:
            self._carried = [*self._carried, carried] if len(self._carried) < MOST_CARRIED else None
        self._rung = True
        self._wake()

    def take(self) -> list[bytes] | None:
        """What was carried since the last time, oldest first; None: read."""
        carried, self._carried, self._rung = self._carried, None, False
        return carried

    async def wait(self, seconds: float | None = None) -> bool:
        """Whether there is news; False when none came for `seconds`. One listener waits at a time."""
        if self._rung:
            return True
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer:
                timer.cancel()
        return self._rung

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Bell:
    """The subscription of one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Ring]] = {}
        self._confirmed: set[str] = set()
        self._unconfirmed: dict[str, asyncio.Future[None]] = {}
        self._subscription: PubSub | None = None
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[Ring]:
        """What rings whenever the channel does. Entering returns once Redis has confirmed the
        subscription (or after 1 s without Redis), so what is read afterwards misses nothing."""
        ring = Ring()
        self._waiting.setdefault(channel, set()).add(ring)
        try:
            await self._subscribed(channel)
            yield ring
        finally:
            await self._leave(channel, ring)

    async def _subscribed(self, channel: str) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        if channel in self._confirmed:
            return
        confirmation = self._unconfirmed.setdefault(channel, asyncio.get_running_loop().create_future())
        if self._subscription:
            try:
                await self._subscription.subscribe(channel)
            except (RedisError, OSError):
                log.debug("Subscribing failed; the loop subscribes again when Redis is back")
        await asyncio.wait([confirmation], timeout=1)
        if not confirmation.done():
            log.debug("No confirmation from Redis; clients read without a bell until it is back")

    async def _leave(self, channel: str, ring: Ring) -> None:
        listeners = self._waiting.get(channel, set())
        listeners.discard(ring)
        if listeners:
            return
        self._waiting.pop(channel, None)
        self._confirmed.discard(channel)
        self._unconfirmed.pop(channel, None)
        if self._subscription:
            try:
                await self._subscription.unsubscribe(channel)
            except (RedisError, OSError):
                log.debug("Unsubscribing failed; the connection is gone anyway")

    async def _run(self) -> None:
        while True:
            client = Redis.from_url(settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=3)
            try:
                async with client.pubsub() as subscription:
                    await subscription.subscribe(CONTROL, *self._waiting)
                    self._subscription = subscription
                    await self._hear(subscription)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("The bell lost Redis (%s); trying again", type(error).__name__)
            finally:
                self._subscription = None
                await client.aclose()
            self._confirmed.clear()
            await asyncio.sleep(0.5)

    async def _hear(self, subscription: PubSub) -> None:
        silent = 0
        while silent < 2:
            message = await subscription.get_message(timeout=PING_SECONDS)
            if message is None:
                silent += 1
                await subscription.ping()
                continue
            silent = 0
            self._heard(message["type"], message["channel"], message["data"])
        raise TimeoutError("Redis does not answer pings")

    def _heard(self, kind: str, channel: bytes | str | None, data: object) -> None:
        name = channel.decode() if isinstance(channel, bytes) else channel or ""
        if kind == "subscribe" and name in self._waiting:
            self._confirmed.add(name)
            if (confirmation := self._unconfirmed.pop(name, None)) and not confirmation.done():
                confirmation.set_result(None)
        if kind in {"subscribe", "message"}:
            carried = data if kind == "message" and isinstance(data, bytes) else None
            for ring in self._waiting.get(name, ()):
                ring.ring(carried)

    async def close(self) -> None:
        """End the subscription."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None


_bells: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = weakref.WeakKeyDictionary()


def bell() -> Bell:
    """This loop's."""
    return _bells.setdefault(asyncio.get_running_loop(), Bell())


async def _close() -> None:
    if found := _bells.pop(asyncio.get_running_loop(), None):
        await found.close()


pools.on_close(_close)
