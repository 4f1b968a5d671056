"""The rules in force. Rows are read again every two seconds by each process, and parsed again when they changed."""

import asyncio
import json
import logging
import weakref
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from parley.pools import postgres
from routing.question import Question
from routing.ready import ready
from routing.rules.rule import Match, Rule, first_of

log = logging.getLogger(__name__)
FRESH_SECONDS = 2.0
ROWS = """
    SELECT id, name, site_id, condition::text, action::text FROM routing_routingrule WHERE enabled ORDER BY position, id
"""
Row = tuple[int, str, int | None, str, str]


@dataclass
class _Kept:
    """What one event loop has read, and the lock that lets one of many ask again."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = 0.0
    parsed: dict[Row, Rule | None] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


_kept: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = weakref.WeakKeyDictionary()


async def first_rule(question: Question) -> Match | None:
    """The rule in force that takes the message; None: no rule does. Raises OperationalError, PoolTimeout.

    A rule that cannot be parsed, or none of whose models is ready and open to the audience, is passed over.
    """
    rules = await current_rules()
    return first_of(rules, question, await ready()) if rules else None


async def current_rules() -> tuple[Rule, ...]:
    """The enabled ones that can be parsed, in their order; at most two seconds old."""
    loop = asyncio.get_running_loop()
    kept = _kept.setdefault(loop, _Kept())
    if loop.time() >= kept.until:
        async with kept.lock:
            if loop.time() >= kept.until:
                _take(kept, await _read())
                kept.until = loop.time() + FRESH_SECONDS
    return kept.rules


def forget() -> None:
    """Read again when asked next: tests, and whoever changed a rule and wants to see it at once."""
    for kept in _kept.values():
        kept.until = 0.0


def _take(kept: _Kept, rows: list[Row]) -> None:
    """Parse what is new. A rule that cannot be parsed is warned of once, not every two seconds."""
    kept.parsed = {row: kept.parsed[row] if row in kept.parsed else _parsed(row) for row in rows}
    kept.rules = tuple(rule for rule in kept.parsed.values() if rule is not None)


def _parsed(row: Row) -> Rule | None:
    number, name, site_id, condition, action = row
    try:
        return Rule.parse(
            id=number, name=name, site_id=site_id, condition=json.loads(condition), action=json.loads(action)
        )
    except ValidationError as error:
        log.warning("Routing rule %s (%s) is not used: %s", number, name, "; ".join(error.messages))
        return None


async def _read() -> list[Row]:
    async with (await postgres()).connection() as connection:
        found: Any = await (await connection.execute(ROWS)).fetchall()
    return list(found)
