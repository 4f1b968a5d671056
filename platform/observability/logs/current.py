"""What is in force: how long logs are held, how much, and what is redacted. A change holds within two seconds."""

import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import LiteralString

from django.db import Error, connection
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from observability.models import LogSettings
from observability.redaction import MASKED_KEYS, Custom, Rules, Scanner, Sort, key_name
from parley.patterns import PatternError, compiled

log = logging.getLogger(__name__)
SECONDS = 2.0
# One statement of SQL, which takes a tenth of what the ORM's two would: each process asks every two seconds.
READ: LiteralString = """
    SELECT hold_minutes, held_megabytes, most_records, shown, masked_keys,
        (SELECT coalesce(json_agg(json_build_array(name, pattern, case_sensitive) ORDER BY name), '[]')::text
         FROM observability_redactionpattern WHERE enabled)
    FROM (SELECT) AS always LEFT JOIN observability_logsettings ON id = 1
"""
SOON = 3.0  # seconds after trouble that its records are kept


@dataclass(frozen=True)
class Current:
    """Seconds, bytes, records; and the rules."""

    hold: float = 1800.0
    soon: float = SOON
    room: int = 256 << 20
    most_records: int = 4000
    rules: Rules = field(default_factory=Rules)


_lock = threading.Lock()
_known: tuple[float, Current] = (0.0, Current())
_built_from: object = None


def current() -> Current:
    """In force now; what was in force before when Postgres does not answer. For synchronous code."""
    global _known  # noqa: PLW0603
    until, known = _known
    if time.monotonic() < until:
        return known
    with _lock:
        try:
            known = _read(known)
        except (Error, OperationalError, PoolTimeout, RuntimeError) as error:
            log.warning("The settings of logs could not be read (%s); those from before hold", type(error).__name__)
        _known = time.monotonic() + SECONDS, known
    return known


def forget() -> None:
    """Read anew: a change was just made here."""
    global _known  # noqa: PLW0603
    _known = 0.0, _known[1]


def _read(before: Current) -> Current:
    with connection.cursor() as cursor:
        cursor.execute(READ)
        *settings, patterns = cursor.fetchone()
    unset = LogSettings()
    hold, room, most_records, shown, keys = (
        settings
        if settings[0] is not None
        else (unset.hold_minutes, unset.held_megabytes, unset.most_records, unset.shown, unset.masked_keys)
    )
    found = tuple((name, pattern, bool(case)) for name, pattern, case in json.loads(patterns))
    return Current(
        hold * 60.0, room=room << 20, most_records=most_records, rules=_rules(before, tuple(shown), keys, found)
    )


def _rules(before: Current, shown: tuple[str, ...], keys: str, patterns: tuple[tuple[str, str, bool], ...]) -> Rules:
    """The same as long as nothing changes, since they remember what they have scanned."""
    global _built_from  # noqa: PLW0603
    given = (shown, keys, patterns)
    if given == _built_from:
        return before.rules
    off = frozenset(Sort(each) for each in shown if each in set(Sort))
    rules = Rules(Scanner(off, _custom(patterns)), MASKED_KEYS | {key_name(each) for each in keys.splitlines() if each})
    _built_from = given
    return rules


def _custom(patterns: tuple[tuple[str, str, bool], ...]) -> list[Custom]:
    found = []
    for name, pattern, case_sensitive in patterns:
        try:
            found.append(Custom(name, compiled(pattern, case_sensitive=case_sensitive)))
        except PatternError as error:  # checked when it was saved; another RE2 may think otherwise
            log.error("The redaction pattern %r cannot be used: %s", name, error)  # noqa: TRY400
    return found
