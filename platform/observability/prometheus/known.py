"""Names of sites and models for metrics: looked up in a thread, so that a scrape is answered while Postgres is away."""

import logging
import threading
import time
from typing import Literal

from django.db import connections

from observability import names

log = logging.getLogger(__name__)
KINDS: tuple[Literal["site", "model"], ...] = ("site", "model")
MOST = 50  # of a kind; the rest are "other"
FRESH, PATIENCE = 30.0, 1.0  # seconds

_known: dict[str, dict[int, str]] = {}
_at = float("-inf")
_looking: threading.Thread | None = None


def known(kind: str) -> dict[int, str]:
    """Names by number, the first MOST of them, as they were known half a minute ago; empty when they never were.

    Rows of one name are told apart by their numbers.
    """
    global _looking  # noqa: PLW0603 - one look at a time
    if time.monotonic() - _at > FRESH and (_looking is None or not _looking.is_alive()):
        _looking = threading.Thread(target=_look, name="metrics names", daemon=True)
        _looking.start()
    if _looking and kind not in _known:
        _looking.join(PATIENCE)
    return _known.get(kind, {})


def _look() -> None:
    global _at  # noqa: PLW0603
    try:
        for kind in KINDS:
            first = list(names.names(kind).items())[:MOST]
            words = [name for _, name in first]
            _known[kind] = {number: name if words.count(name) == 1 else f"{name} {number}" for number, name in first}
        _at = time.monotonic()
    except Exception as error:  # noqa: BLE001 - whatever it is, metrics can do without
        log.info("The names of sites and models are not known: %s", type(error).__name__)
    finally:
        connections.close_all()
