"""A worker's lease: one row in Postgres, renewed while it carries turns. When it runs out, its turns are taken away."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.conf import settings
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from parley.pools import postgres

log = logging.getLogger(__name__)
RENEW = """
    INSERT INTO conversations_workerlease (owner, expires_at)
    VALUES (%(owner)s, clock_timestamp() + %(seconds)s * interval '1 s')
    ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at
"""
OWNER = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"


@asynccontextmanager
async def held_lease() -> AsyncIterator[str]:
    """This process's name as an owner of turns; its lease is renewed until the block ends.

    A process that cannot renew in time cancels the block: somebody else has its turns by then.
    """
    await _renew()
    task = asyncio.current_task()
    renewing = asyncio.create_task(_keep_renewing(task))
    try:
        yield OWNER
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _keep_renewing(holder: "asyncio.Task[object] | None") -> None:
    loop = asyncio.get_running_loop()
    last = loop.time()
    while loop.time() - last < settings.LEASE_SECONDS:
        await asyncio.sleep(settings.LEASE_SECONDS / 4)
        started = loop.time()
        try:
            async with asyncio.timeout(max(last + settings.LEASE_SECONDS - started, 0.1)):
                await _renew()
        except (OperationalError, PoolTimeout, TimeoutError) as error:
            log.warning("The lease was not renewed (%s)", type(error).__name__)
        else:
            last = started
    log.error("The lease ran out; this worker's turns go to others")
    if holder:
        holder.cancel()


async def _renew() -> None:
    async with (await postgres()).connection() as connection:
        await connection.execute(RENEW, {"owner": OWNER, "seconds": settings.LEASE_SECONDS})
