"""What goes by itself: a chore of the leader, in small steps. Retention is by kind, from when it was last said.

A memory that was never recalled for half a year and matters little fades, whatever its kind; what a person wrote does
not. A plan goes a month after its day.
"""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

from memory.remember.policies import default_policy
from memory.scope import staff_scope
from parley.threads import in_database_thread

BATCH = 1000  # rows of each sort in one pass
IGNORED = timedelta(days=30)
PLANS = timedelta(days=30)
UNUSED = timedelta(days=180)
UNIMPORTANT = 0.55  # and below


async def fade(batch: int = BATCH) -> int:
    """Delete up to `batch` memories, copies and ignored rows each that have had their time. Returns how many; as many
    as `batch`: there may be more. Once an hour is enough.
    """
    return await in_database_thread(fade_now, batch)


def fade_now(batch: int = BATCH) -> int:
    """The same for code without a loop."""
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
    return gone


@cache
def _statements() -> list[str]:
    text = (Path(__file__).parent / "fade.sql").read_text(encoding="utf-8")
    return [each for each in text.split(";\n") if each.strip()]
