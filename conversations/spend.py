"""Spend: what turns and background requests cost, summed by the hour (`routing.models.Spend`), a few seconds behind.

    await roll_up()  # a chore of the leader

A turn counts when it ended. Sums are replaced, never added to, so doing it twice changes nothing. The minutes since the
newest one that was counted are read again, and five before it, as a transaction may be seen later than the time that it
wrote: after an outage that is all of the outage. What was deleted with its conversation later than that was spent all
the same, and stays.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from parley.pools import postgres

ROLL_UP = (Path(__file__).parent / "spend.sql").read_text()
AGAIN = timedelta(minutes=5)
FIRST_DAYS = 31  # what a new version finds of an old installation's turns: enough for this month's budgets
LOCK_KEY = 0x7061726C6579  # any number that nobody else uses
LOCK = "SELECT pg_try_advisory_xact_lock(%s)"
MINUTES = "SELECT min(minute), max(minute), now() FROM routing_spendminute"
FIRST_TIME = """
    SELECT NOT EXISTS (SELECT FROM routing_spend) AND EXISTS (
        SELECT FROM conversations_turn WHERE finished_at < date_trunc('hour', now()) - interval '1 hour')
"""
EARLIEST = "SELECT min(hour), now() FROM routing_spend"
Connection = AsyncConnection[Any]


async def roll_up() -> None:
    """Count what was not counted yet. Where nothing was ever counted, the last days too. Raises OperationalError."""
    async with (await postgres()).connection() as connection:
        first: Any = await (await connection.execute(FIRST_TIME)).fetchone()
    if first[0]:
        await backfill(FIRST_DAYS)
    async with (await postgres()).connection() as connection, connection.transaction():
        if await _alone(connection):
            await _count_on(connection)


async def backfill(days: int) -> None:
    """Count the days before the first hour that was counted; what was counted before is not touched."""
    async with (await postgres()).connection() as connection:
        found: Any = await (await connection.execute(EARLIEST)).fetchone()
        until = found[0] or _hour(found[1]) - timedelta(hours=1)
        since = _hour(found[1]).replace(hour=0) - timedelta(days=days)
        while since < until:  # a day at a time, so that no statement takes long
            following = min(since + timedelta(days=1), until)
            async with connection.transaction():
                if await _alone(connection):
                    await _count(connection, since, following, keep=_never())
            since = following


async def _count_on(connection: Connection) -> None:
    found: Any = await (await connection.execute(MINUTES)).fetchone()
    first, newest, now = found
    since = _hour(now) - timedelta(hours=1)
    if newest is not None:  # never into an hour whose minutes are forgotten
        since = max(newest - AGAIN, _hour(first))
    await _count(connection, since, _never(), keep=since)


async def _count(connection: Connection, since: datetime, until: datetime, keep: datetime) -> None:
    """`keep`: from when on the minutes are kept, so that the next time goes on from them."""
    values = {"since": since, "until": until, "keep": keep, "prune": _hour(since) - timedelta(hours=1)}
    await connection.execute(ROLL_UP, values)


async def _alone(connection: Connection) -> bool:
    """Whether no other process counts now; for as long as the transaction lasts, none does."""
    row: Any = await (await connection.execute(LOCK, [LOCK_KEY])).fetchone()
    return bool(row[0])


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _never() -> datetime:
    return datetime(9999, 1, 1, tzinfo=UTC)
