"""How many live connections one contact may hold open in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from conversations.errors import Refused
from conversations.session import Visitor

_open: Counter[tuple[int, str]] = Counter()


@contextmanager
def live_connection(visitor: Visitor) -> Iterator[None]:
    """Count one while the block runs. Raises Refused beyond PARLEY_SOCKETS_PER_CONTACT."""
    who = (visitor.session.site_id, visitor.session.key)
    if _open[who] >= settings.SOCKETS_PER_CONTACT:
        raise Refused("too_many_connections", "This chat is open in too many windows. Close some of them.", status=429)
    _open[who] += 1
    try:
        yield
    finally:
        _open[who] -= 1
        if not _open[who]:
            del _open[who]
