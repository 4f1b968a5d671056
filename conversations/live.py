"""How many live connections one contact may hold open in this process."""

import functools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from conversations.errors import Refused
from conversations.session import Visitor
from observability.statistics import level

_open: Counter[tuple[int, str]] = Counter()
_ways: Counter[str] = Counter()


@contextmanager
def live_connection(visitor: Visitor, way: str = "") -> Iterator[None]:
    """Count one while the block runs, in the statistics by its `way`.

    Raises Refused beyond PARLEY_SOCKETS_PER_CONTACT.
    """
    who = (visitor.session.site_id, visitor.session.key)
    if _open[who] >= settings.SOCKETS_PER_CONTACT:
        raise Refused("too_many_connections", "This chat is open in too many windows. Close some of them.", status=429)
    _open[who] += 1
    _ways[way] += 1
    _tell(way)
    try:
        yield
    finally:
        _ways[way] -= 1
        _open[who] -= 1
        if not _open[who]:
            del _open[who]


@functools.cache
def _tell(way: str) -> None:
    """From the first connection on, this process tells how many there are."""
    if way:
        level("open_sockets", lambda: _ways[way], label=way)
