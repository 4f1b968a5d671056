"""A worker's lease: one row in Postgres for all the turns that it carries. When it runs out, they are taken away.

It is renewed over a connection of its own: the pool's may all be busy with hundreds of turns.
"""

import asyncio
import logging
import os
import secrets
import socket
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from django.conf import settings
from psycopg import AsyncConnection, OperationalError

from parley.pools import postgres_dsn

log = logging.getLogger(__name__)
RENEW = """
    INSERT INTO conversations_workerlease (owner, expires_at)
    VALUES (%(owner)s, clock_timestamp() + %(seconds)s * interval '1 s')
    ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at
"""
END = "DELETE FROM conversations_workerlease WHERE owner = %(owner)s"
AWAY = (OperationalError, OSError, TimeoutError)


class WorkerLease:
    """Renewed from the first holder's beginning to the last one's end. Belongs to one event loop."""

    def __init__(self) -> None:
        self._owner = _new_name()
        self._holders = 0
        self._turns: dict[asyncio.Task[Any], int] = {}
        self._valid = asyncio.Event()
        self._renewed = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self._connection: AsyncConnection[Any] | None = None

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Keep it for the block."""
        self._holders += 1
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._keep_renewing())
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                await self._end()

    @asynccontextmanager
    async def turn(self, turn_id: int) -> AsyncIterator[str]:
        """An owner's name for a turn, once the lease is valid; the block is cancelled when the lease runs out."""
        async with self.held():
            await self._valid.wait()
            task = asyncio.current_task()
            assert task is not None
            self._turns[task] = turn_id
            try:
                yield self._owner
            finally:
                del self._turns[task]

    def in_hand(self) -> tuple[str, list[int]]:
        """The owner's name, and the turns that it carries now."""
        return self._owner, list(self._turns.values())

    async def _keep_renewing(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            left = self._renewed + settings.LEASE_SECONDS - started
            try:
                async with asyncio.timeout(left if self._valid.is_set() and left > 0.1 else settings.LEASE_SECONDS):
                    await self._execute(RENEW)
            except AWAY as error:
                log.warning("The lease was not renewed (%s)", type(error).__name__)
                await self._drop_connection()
                if loop.time() - self._renewed >= settings.LEASE_SECONDS:
                    self._run_out()
            else:
                self._renewed = started
                self._valid.set()
            await asyncio.sleep(settings.LEASE_SECONDS / (4 if self._valid.is_set() else 20))

    def _run_out(self) -> None:
        """Others may have the turns by now. A new name, so that what is left under the old one is taken as well."""
        if not self._valid.is_set():
            return
        log.error("The lease ran out; this worker's %s turns go to others", len(self._turns))
        self._valid.clear()
        self._owner = _new_name()
        for task in list(self._turns):
            task.cancel()

    async def _end(self) -> None:
        """Stop renewing, and say so: what is still marked as ours need not wait for the lease to run out."""
        renewing, self._renewing = self._renewing, None
        if renewing:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        self._valid.clear()
        with suppress(*AWAY):
            async with asyncio.timeout(2):
                await self._execute(END)
        await self._drop_connection()

    async def _execute(self, statement: str) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(postgres_dsn(), autocommit=True)
        await self._connection.execute(statement, {"owner": self._owner, "seconds": settings.LEASE_SECONDS})

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with suppress(*AWAY):
                await connection.close()


_leases: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, WorkerLease] = weakref.WeakKeyDictionary()


def worker_lease() -> WorkerLease:
    """This loop's lease. `async with worker_lease().held()` for a worker's life, `.turn()` for a turn."""
    return _leases.setdefault(asyncio.get_running_loop(), WorkerLease())


def _new_name() -> str:
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
