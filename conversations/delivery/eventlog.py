"""The event log of a conversation: a capped, expiring Redis stream, appended and read by two scripts.

An event's number is `<epoch>:<n>`. The epoch is drawn when a log is made, so that numbers of a log that was lost or
expired are never taken for numbers of its successor. append.lua refuses events of an older attempt of a turn, and any
after its last one.
"""

import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from redis.exceptions import NoScriptError, RedisError

from parley.pools import redis

log = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent
APPEND = (_FOLDER / "append.lua").read_text()
READ = (_FOLDER / "read.lua").read_text()
BEHIND = -1  # what append.lua answers to a delta that goes on from what the log has lost
REPLACED = {"delta", "place"}  # those that later ones of their kind make void
LAST = {"answer", "failed", "cancelled"}  # the events that end a turn


@dataclass(frozen=True)
class Event:
    """One thing that clients see. `turn` and `attempt` fence it; `once` names what must not be said twice."""

    type: str
    fields: dict[str, Any]
    turn: int | None = None
    attempt: int = 0
    once: str = ""

    @property
    def kind(self) -> str:
        """What append.lua does beside appending."""
        return self.type if self.type in REPLACED else "last" if self.type in LAST else "other"

    def payload(self) -> str:
        """The frame without its number, as compact JSON."""
        turn = {} if self.turn is None else {"turn": self.turn}
        return json.dumps({"type": self.type, **turn, **self.fields}, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Page:
    """What was read: whether the cursor still held, the new cursor, and (cursor, frame) for each event."""

    resumed: bool
    cursor: str
    events: list[tuple[str, str]]


def channel(conversation: UUID) -> str:
    """The bell's channel."""
    return f"parley:{{{conversation}}}:bell"


def keys(conversation: UUID) -> list[str]:
    """The stream and its meta hash, in one slot of a cluster."""
    return [f"parley:{{{conversation}}}:events", f"parley:{{{conversation}}}:meta"]


def arguments(conversation: UUID, event: Event) -> list[Any]:
    """append.lua's ARGV."""
    return [
        secrets.token_hex(6),
        settings.EVENT_LOG_LENGTH,
        settings.EVENT_LOG_SECONDS * 1000,
        "" if event.turn is None else event.turn,
        event.attempt,
        event.kind,
        event.fields.get("from", 0),
        event.once,
        event.payload(),
        channel(conversation),
    ]


async def append(conversation: UUID, *events: Event) -> list[int]:
    """Append in order, in one round trip; 0 for each that was refused, or BEHIND. Raises RedisError."""
    return await append_many([(conversation, event) for event in events])


async def append_many(events: Sequence[tuple[UUID, Event]]) -> list[int]:
    """The same for events of many conversations."""
    script = redis().register_script(APPEND)
    for again in (False, True):
        pipe = redis().pipeline(transaction=False)
        for conversation, event in events:
            pipe.evalsha(script.sha, 2, *keys(conversation), *arguments(conversation, event))
        try:
            return [int(number) for number in await pipe.execute()]
        except NoScriptError:
            if again:
                raise
            await redis().script_load(APPEND)
    raise AssertionError("unreachable")


def append_now(conversation: UUID, *events: Event) -> None:
    """The same for synchronous code (the admin). Raises RedisError."""
    from django_rq import get_connection

    script = get_connection("turns").register_script(APPEND)
    for event in events:
        script(keys=keys(conversation), args=arguments(conversation, event))


async def read(conversation: UUID, cursor: str) -> Page:
    """The events after `cursor`; all that are held when it no longer holds. Raises RedisError."""
    epoch, _, number = cursor.partition(":")
    script = redis().register_script(READ)
    ttl = settings.EVENT_LOG_SECONDS * 1000
    known = epoch if number.isdecimal() and len(number) < 16 else ""
    found = await script(keys=keys(conversation), args=[secrets.token_hex(6), ttl, known, int(number) if known else 0])
    name, last, resumed, entries = found[0].decode(), int(found[1]), bool(found[2]), found[3]
    return Page(resumed, f"{name}:{last}", [_event(name, *entry) for entry in entries])


async def newest(conversations: Sequence[UUID]) -> list[str]:
    """Each log's newest cursor, in one round trip; empty where there is no log. Raises RedisError."""
    pipe = redis().pipeline(transaction=False)
    for conversation in conversations:
        pipe.hmget(keys(conversation)[1], "epoch", "seq")
    return [f"{epoch.decode()}:{int(number)}" if epoch else "" for epoch, number in await pipe.execute()]


async def closed_turns(turns: list[tuple[UUID, int]]) -> list[bool]:
    """For each (conversation, turn): whether the log holds its last event, or is gone. Raises RedisError."""
    pipe = redis().pipeline(transaction=False)
    for conversation, turn in turns:
        pipe.hmget(keys(conversation)[1], "epoch", f"a:{turn}")
    return [epoch is None or closed == b"1000000000" for epoch, closed in await pipe.execute()]


async def drop(conversation: UUID) -> None:
    """Throw the log away: every client then gets a snapshot from Postgres. Raises RedisError."""
    pipe = redis().pipeline(transaction=True)
    pipe.delete(*keys(conversation))
    pipe.publish(channel(conversation), 0)
    await pipe.execute()


def _event(epoch: str, entry: bytes, fields: list[bytes]) -> tuple[str, str]:
    number = f"{epoch}:{entry.decode().partition('-')[0]}"
    return number, f'{{"n":"{number}",{fields[1].decode()[1:]}'


__all__ = [
    "Event", "Page", "RedisError", "append", "append_many", "append_now", "channel", "closed_turns", "drop",
    "newest", "read",
]  # fmt: skip
