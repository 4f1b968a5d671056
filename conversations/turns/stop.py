"""Stop: the visitor wants no more of an answer. What there is of it by then is kept, and marked.

`stopped_at` in Postgres is the truth. A queued turn is cancelled with it at once; a running one is ended by its worker,
which a bell in Redis wakes, and which looks once a second without any.

The worker's side is `watched`, around what asks a model (stream.py) and nothing else: the block is cancelled, so that
the provider's stream is closed on the way out, and Stopped is raised. What was written by then ends the turn as an
Answer that says `stopped`; with an empty text nothing is stored. A stop that comes after the block changes nothing: the
whole answer is stored. A turn that is parked or given back to the queue after its stop is cancelled there.
"""

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.delivery.announce import announce
from conversations.delivery.bell import Ring, bell
from conversations.errors import Refused
from conversations.models import TurnState
from conversations.turns.claim import ClaimedTurn
from conversations.turns.finish import cancelled_event, next_turn
from conversations.turns.queue import enqueue
from observability.statistics import add
from parley import pools
from parley.pools import postgres, redis
from routing import admission

log = logging.getLogger(__name__)
CHANNEL = "parley:stop"
LOOK_SECONDS = 1.0  # a worker looks as often without having been rung
# First the conversation's row, as finish.py does: so that one of the two starts the next turn, and only one.
LOCK = "SELECT FROM conversations_conversation WHERE id = %s FOR NO KEY UPDATE"
STOP = """
    WITH asked AS (
        SELECT id, state, attempt, parked_in FROM conversations_turn
        WHERE id = %(turn)s AND conversation_id = %(conversation)s FOR UPDATE
    ), stopped AS (
        UPDATE conversations_turn t
        SET stopped_at = now(), parked_at = NULL, parked_in = '',
            state = CASE asked.state WHEN 'queued' THEN 'cancelled' ELSE asked.state END,
            finished_at = CASE asked.state WHEN 'queued' THEN now() END,
            finish_reason = CASE asked.state WHEN 'queued' THEN 'stopped' ELSE '' END
        FROM asked WHERE t.id = asked.id AND asked.state IN ('queued', 'running') AND t.stopped_at IS NULL
    )
    SELECT state, attempt, parked_in FROM asked
"""
WANTED = "SELECT id FROM conversations_turn WHERE id = ANY(%s) AND stopped_at IS NOT NULL"


class Stopped(Exception):
    """The visitor stopped the turn."""


async def stop(conversation: UUID, turn_id: int) -> None:
    """End the turn, or have its worker end it; one that is over stays as it is. Raises Refused: no such turn."""
    following = None
    async with (await postgres()).connection() as connection, connection.transaction():
        await connection.execute(LOCK, [conversation])
        asked: Any = await (await connection.execute(STOP, {"turn": turn_id, "conversation": conversation})).fetchone()
        if asked is None:
            raise Refused("no_turn", "There is no such question in this conversation.", status=404)
        if asked[0] == TurnState.QUEUED:
            following = await next_turn(connection, conversation)
    state, attempt, parked_in = asked
    if state == TurnState.QUEUED:
        await _cancelled(conversation, turn_id, attempt, parked_in, following)
    elif state == TurnState.RUNNING:
        await _ring(turn_id)


async def _cancelled(
    conversation: UUID, turn: int, attempt: int, parked_in: str, following: tuple[int, int] | None
) -> None:
    add("turns", label="cancelled")
    await announce(conversation, cancelled_event(turn, attempt))
    if following:
        await enqueue(*following)
    if parked_in:
        try:
            await admission.leave(parked_in, turn)
        except (RedisError, OSError) as error:
            # Its place in line is handed out like any other then, and its job finds nothing to do.
            log.warning("Turn %s was stopped, and is still in line (%s)", turn, type(error).__name__)


async def _ring(turn: int) -> None:
    try:
        await redis().publish(CHANNEL, turn)
    except (RedisError, OSError) as error:
        log.warning("The worker of turn %s finds out by itself that it was stopped (%s)", turn, type(error).__name__)


@asynccontextmanager
async def watched(turn: ClaimedTurn) -> AsyncIterator[None]:
    """Cancel the block once the visitor stops the turn, and raise Stopped; whatever else the block met then is lost."""
    task = asyncio.current_task()
    assert task is not None
    before, asked = task.cancelling(), False

    def interrupt() -> None:
        nonlocal asked
        asked = True
        task.cancel()

    watch = _watches.setdefault(asyncio.get_running_loop(), _Watch())
    watch.add(turn.id, interrupt)
    try:
        yield
    except BaseException:
        if asked and task.uncancel() <= before:  # not cancelled by others as well
            raise Stopped from None
        raise
    finally:
        watch.discard(turn.id, interrupt)


class _Watch:
    """The turns of one event loop that may be stopped, and the one task that finds out."""

    def __init__(self) -> None:
        self._turns: dict[int, Callable[[], None]] = {}
        self._any = asyncio.Event()
        self._ring: Ring | None = None
        self._early: deque[int] = deque(maxlen=200)  # stopped while they were not watched: elsewhere, or not yet
        self._task: asyncio.Task[None] | None = None

    def add(self, turn: int, interrupt: Callable[[], None]) -> None:
        """Call `interrupt` once, when the turn is stopped."""
        self._turns[turn] = interrupt
        self._any.set()
        if turn in self._early and self._ring:
            self._ring.ring(b"%d" % turn)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def discard(self, turn: int, interrupt: Callable[[], None]) -> None:
        """Watch it no more; another attempt of the same turn stays watched."""
        if self._turns.get(turn) is interrupt:
            del self._turns[turn]
        if not self._turns:
            self._any.clear()

    async def _run(self) -> None:
        async with bell().listen(CHANNEL) as self._ring:
            while True:
                await self._any.wait()
                heard = self._ring.take() if await _rung(self._ring) else None
                try:
                    await self._look(self._turns if heard is None else self._known([*map(int, heard)]))
                except (OperationalError, PoolTimeout) as error:
                    log.warning("Stopped turns are looked up again (%s)", type(error).__name__)

    def _known(self, heard: list[int]) -> list[int]:
        self._early.extend(turn for turn in heard if turn not in self._turns)
        return [turn for turn in heard if turn in self._turns]

    async def _look(self, turns: Collection[int]) -> None:
        if not turns:
            return
        async with (await postgres()).connection() as connection:
            stopped: list[Any] = await (await connection.execute(WANTED, [list(turns)])).fetchall()
        for (turn,) in stopped:
            if interrupt := self._turns.pop(turn, None):
                interrupt()

    async def close(self) -> None:
        """End the task."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def _rung(ring: Ring) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await ring.wait()
    except TimeoutError:
        return False
    return True


_watches: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = weakref.WeakKeyDictionary()


async def _close() -> None:
    if watch := _watches.pop(asyncio.get_running_loop(), None):
        await watch.close()


pools.on_close(_close)
