"""What goes by itself: a chore of the leader, in small steps. Retention is by kind, from when it was last said.

A memory that was never recalled for half a year and matters little fades, whatever its kind; what a person wrote does
not. A plan goes a month after its day.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from memory.remember.policies import default_policy
from memory.remember.vectors import forget_vectors
from memory.scope import staff_scope
from parley.threads import in_database_thread

BATCH, STEPS = 1000, 20  # rows of each sort in one step; steps of one call
IGNORED = timedelta(days=30)
PLANS = timedelta(days=30)
UNUSED = timedelta(days=180)
UNIMPORTANT = 0.55  # and below


async def fade(batch: int = BATCH) -> int:
    """Delete memories, copies and ignored rows that have had their time, in steps of `batch` each. Returns how many.
    A backlog of more than some steps is left to the next call.
    """
    gone = 0
    for _ in range(STEPS):
        gone += (step := await in_database_thread(fade_now, batch))
        if step < batch:
            break
    return gone


def fade_now(batch: int = BATCH) -> int:
    """One step, for code without a loop: up to `batch` rows of each sort."""
    policy = default_policy()
    parameters: dict[str, Any] = {
        "batch": batch,
        "fact": policy.keep_facts_days,
        "preference": policy.keep_preferences_days,
        "event": policy.keep_events_days,
        "plan": policy.keep_plans_days,
        "message": policy.keep_messages_days,
        "plans": PLANS,
        "unused": UNUSED,
        "unimportant": UNIMPORTANT,
        "ignored": IGNORED,
    }
    gone = 0
    for statement in _statements():
        with staff_scope(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            gone += cursor.rowcount
            for contact_id, memories in _by_contact(cursor.fetchall() if cursor.description else []).items():
                forget_vectors(contact_id, memories)
    return gone


def _by_contact(rows: Iterable[tuple[UUID, int]]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = {}
    for contact_id, memory in rows:
        found.setdefault(contact_id, []).append(memory)
    return found


@cache
def _statements() -> list[str]:
    text = (Path(__file__).parent / "fade.sql").read_text(encoding="utf-8")
    return [each for each in text.split(";\n") if each.strip()]
