"""Which audience tier a contact belongs to, and what the tier allows. Read again every two seconds by each process."""

import asyncio
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.rows import class_row

from parley.pools import postgres
from people.models import AudienceTier
from people.sessions import IDENTIFIED

FRESH_SECONDS = 2.0
TIERS = """
    SELECT id, key, name, messages_per_minute, turns_at_once, tokens_per_day, head_start_seconds
    FROM people_audiencetier
"""


@dataclass(frozen=True)
class Audience:
    """A row of AudienceTier as plain values. `tokens_per_day` None: no limit."""

    id: int
    key: str
    name: str
    messages_per_minute: int = 30
    turns_at_once: int = 10
    tokens_per_day: int | None = None
    head_start_seconds: int = 0


Audiences = Mapping[str | int, Audience]


class _Kept:
    """What one event loop has read, and the lock that lets one of many ask again."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.until = 0.0
        self.all: dict[str | int, Audience] = {}


_kept: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = weakref.WeakKeyDictionary()


async def audiences() -> Audiences:
    """Every tier, by its id and by its key; at most two seconds old. Raises OperationalError, PoolTimeout."""
    loop = asyncio.get_running_loop()
    kept = _kept.setdefault(loop, _Kept())
    if loop.time() >= kept.until:
        async with kept.lock:
            if loop.time() >= kept.until:
                kept.all = await _read()
                kept.until = loop.time() + FRESH_SECONDS
    return kept.all


def built_in_tier(key_of_contact: str) -> str:
    """The key of the tier of a contact who was given none. `key_of_contact` is `Contact.key`."""
    return AudienceTier.IDENTIFIED if key_of_contact.startswith(IDENTIFIED) else AudienceTier.ANONYMOUS


def audience_for(key_of_contact: str, audience_id: int | None, all_: Audiences) -> Audience:
    """The tier that the contact was given, else the built-in one. One whose row is gone allows what a new row would."""
    if audience_id is not None and (given := all_.get(audience_id)):
        return given
    key = built_in_tier(key_of_contact)
    return all_.get(key) or Audience(0, key, key.title())


async def _read() -> dict[str | int, Audience]:
    async with (
        (await postgres()).connection() as connection,
        connection.cursor(row_factory=class_row(Audience)) as rows,
    ):
        found = await (await rows.execute(TIERS)).fetchall()
    return {**{tier.id: tier for tier in found}, **{tier.key: tier for tier in found}}
