"""How often somebody may do something: exact moving windows of a minute in Redis, several asked in one round trip.

A thing is counted by its id, so that one that is sent again is not counted again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from redis.exceptions import NoScriptError

from parley.pools import redis

log = logging.getLogger(__name__)
WINDOW = 60.0  # seconds
PATIENCE = 1.0  # seconds for Redis to say something
SCRIPT = (Path(__file__).parent / "window.lua").read_text(encoding="utf-8")
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Limit:
    """At most `a_minute` times `action` for `who`: a contact, an address."""

    action: str
    who: str
    a_minute: int

    @property
    def key(self) -> str:
        """The window's name in Redis."""
        return f"parley:limit:{self.action}:{{{self.who}}}"


class TooMany(Exception):
    """Over `limit`; `wait` seconds until there is room."""

    def __init__(self, limit: Limit, wait: float) -> None:
        super().__init__(f"{limit.action}: wait {wait:.0f} s.")
        self.limit, self.wait = limit, wait


@dataclass(frozen=True)
class Counted:
    """What `count` counted under `id`; it can be taken back."""

    limits: Sequence[Limit]
    id: UUID

    async def take_back(self) -> None:
        """It did not happen after all."""
        if self.limits:
            await _ask([("ZREM", limit.key, self.id.bytes) for limit in self.limits])


async def count(id_: UUID, *limits: Limit) -> Counted:
    """Count `id_` once in each window. Raises TooMany, for the longest wait, and then nothing is counted.

    While Redis is away nothing is refused: no message may be lost.
    """
    said = await _ask(
        [("EVALSHA", SHA, 1, limit.key, id_.bytes, limit.a_minute, int(WINDOW * 1000)) for limit in limits]
    )
    waits = dict(zip(limits, said or [], strict=False))
    counted = Counted([limit for limit, wait in waits.items() if wait == 0], id_)
    over = max(waits, key=waits.__getitem__, default=None)
    if over and waits[over] > 0:
        await counted.take_back()
        raise TooMany(over, waits[over] / 1000)
    return counted


async def _ask(commands: Sequence[tuple[Any, ...]]) -> list[int] | None:
    try:
        async with asyncio.timeout(PATIENCE):
            try:
                return await _send(commands)
            except NoScriptError:
                await redis().script_load(SCRIPT)
                return await _send(commands)
    except Exception as error:  # noqa: BLE001 - whatever Redis's client raises, the answer is the same
        log.warning("Rate limits are off while Redis is away: %s", type(error).__name__)
        return None


async def _send(commands: Sequence[tuple[Any, ...]]) -> list[int]:
    pipeline = redis().pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    found: list[int] = await pipeline.execute()
    return found
