"""Places: what people in line are told, as it changes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event
from conversations.turns.park import place_event
from parley.pools import postgres
from routing.admission import Place, Tier, Waiting, lines

MOST_TOLD = 300  # in one round; those who wait longest without news come first
NOTICEABLE = 0.1  # a change of place or of the estimate by this share is told
FRONT = 20  # from here on every step is told
WHO = """
    SELECT t.id, t.conversation_id, t.attempt, extract(epoch FROM now() - t.accepted_at)::float8
    FROM conversations_turn t WHERE t.id = ANY(%s) AND t.state = 'queued'
"""


@dataclass
class Told:
    """What a waiting turn's clients were last told, and when (monotonic seconds)."""

    place: int
    seconds: float | None
    at: float


class Places:
    """Remembers what was told; a new leader begins anew."""

    def __init__(self) -> None:
        self._told: dict[str, dict[int, Told]] = {}

    async def tell(self, tiers: Sequence[Tier]) -> None:
        """Tell those whose place or estimate changed noticeably. Raises RedisError, OperationalError."""
        for tier, waiting in zip(tiers, await lines(tiers), strict=True):
            told = self._told.setdefault(tier.key, {})
            standing = {place.turn for place in waiting}
            for gone in [turn for turn in told if turn not in standing]:
                del told[gone]
            changed = [place for place in waiting if _noticeable(place, told.get(place.turn))]
            changed.sort(key=lambda place: told[place.turn].at if place.turn in told else 0.0)
            await self._announce(tier, changed[:MOST_TOLD], told)

    async def _announce(self, tier: Tier, places: list[Place], told: dict[int, Told]) -> None:
        if not places:
            return
        async with (await postgres()).connection() as connection:
            rows: list[Any] = await (await connection.execute(WHO, [[place.turn for place in places]])).fetchall()
        who = {turn: (conversation, attempt, waited) for turn, conversation, attempt, waited in rows}
        now = time.monotonic()
        events: list[tuple[UUID, Event]] = []
        for place in places:
            told[place.turn] = Told(place.place, place.seconds, now)
            if place.turn in who:
                conversation, attempt, waited = who[place.turn]
                waiting = Waiting(place.place, place.seconds, entered=True)
                events.append((conversation, place_event(place.turn, attempt, waiting, tier, waited)))
        await eventlog.append_many(events)


def _noticeable(place: Place, told: Told | None) -> bool:
    if told is None:
        return True
    step = abs(place.place - told.place)
    if step and (place.place <= FRONT or step >= NOTICEABLE * told.place):
        return True
    if place.seconds is None or told.seconds is None:
        return (place.seconds is None) != (told.seconds is None)
    expected = max(told.seconds - (time.monotonic() - told.at), 0.0)  # a client counts down by itself
    return abs(place.seconds - expected) > max(NOTICEABLE * told.seconds, 3.0)
