"""Which embedders have vectors in the tables. Looked up now and then, so that a turn does not wait for it."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from django.core.signals import setting_changed
from django.db import Error, connection

from memory.embedding import Embedder, embedder, embedder_named
from memory.scope import staff_scope
from parley.background import spawn
from parley.threads import in_database_thread

log = logging.getLogger(__name__)

FRESH = 15.0  # seconds
NAMES = (Path(__file__).parent / "names.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class InUse:
    """`embedders`: memory's own first, then those before it that still have rows and can be asked. `lost`: the names
    of those that cannot be any more.
    """

    embedders: tuple[Embedder, ...]
    lost: tuple[str, ...] = ()


class _Kept:
    found: InUse | None = None
    at = float("-inf")
    looking = False


def in_use_now() -> InUse:
    """Asks the database."""
    with staff_scope(), connection.cursor() as cursor:
        cursor.execute(NAMES)
        names = [name for (name,) in cursor.fetchall()]
    now = embedder()
    others = {name: embedder_named(name) for name in names if name != now.name}
    able = tuple(found for found in others.values() if found)
    return InUse((now, *able), tuple(name for name, found in others.items() if not found))


async def in_use() -> InUse:
    """As it was some seconds ago. The first to ask waits; later ones get what is known while it is looked up again."""
    if _Kept.found is None:
        return await _look()
    if time.monotonic() - _Kept.at > FRESH and not _Kept.looking:
        _Kept.looking = True
        spawn(_look())
    return _Kept.found


async def _look() -> InUse:
    """What cannot be looked up stays as it was: a database that is away says so elsewhere."""
    try:
        found = await in_database_thread(in_use_now)
    except Error as error:
        log.warning("Which embedders have vectors is not known now (%s)", type(error).__name__)
        return _Kept.found or InUse((embedder(),))
    else:
        _Kept.found = found
        return found
    finally:
        _Kept.at, _Kept.looking = time.monotonic(), False


def forget() -> None:
    """Look it up the next time."""
    _Kept.found = None


def _changed(*, setting: str, **_: object) -> None:
    if setting == "MEMORY":
        forget()


setting_changed.connect(_changed)
