"""What may be remembered of a site's contacts. Rows are read again every two seconds, not for each turn."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Field

from memory.models import MemoryPolicy
from parley.threads import in_database_thread

FRESH_SECONDS = 2.0


@dataclass(frozen=True)
class Policy:
    """As MemoryPolicy, as plain values. Without any row it is what a new row would say."""

    enabled: bool
    anonymous: bool
    use_model: bool
    most_memories: int
    most_tokens: int
    idle_seconds: int
    keep_facts_days: int | None
    keep_preferences_days: int | None
    keep_events_days: int | None
    keep_plans_days: int | None
    keep_messages_days: int | None


NAMES = tuple(Policy.__dataclass_fields__)


class _Kept:
    def __init__(self) -> None:
        self.until = 0.0
        self.found: Mapping[int | None, Policy] = {}


_kept = _Kept()


async def policy_for(site_id: int) -> Policy:
    """The site's policy, else that of all other sites; at most two seconds old."""
    if time.monotonic() < _kept.until:
        return _of(_kept.found, site_id)
    return await in_database_thread(policy_now, site_id)


def policy_now(site_id: int) -> Policy:
    """The same for code without a loop."""
    if time.monotonic() >= _kept.until:
        rows = MemoryPolicy.objects.all()
        _kept.found = {row.site_id: Policy(*(getattr(row, name) for name in NAMES)) for row in rows}
        _kept.until = time.monotonic() + FRESH_SECONDS
    return _of(_kept.found, site_id)


def forget_policies() -> None:
    """Read again when asked next: whoever saved one and wants to see it at once, and tests."""
    _kept.until = 0.0


def _of(found: Mapping[int | None, Policy], site_id: int) -> Policy:
    return found.get(site_id) or found.get(None) or default_policy()


def default_policy() -> Policy:
    """What holds while nobody has saved a policy: the defaults of the columns."""
    return Policy(*(_default(name) for name in NAMES))


def _default(name: str) -> Any:
    column = MemoryPolicy._meta.get_field(name)  # noqa: SLF001 - the way to a default
    return column.get_default() if isinstance(column, Field) else None
