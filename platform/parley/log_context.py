"""What a line of the log is about: the turn, the request. Bound for a while, seen by whatever is logged meanwhile.

with bound(turn=12, attempt=1):
    log.info("…")  # with PARLEY_LOG_FORMAT=json the line has both
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_fields: ContextVar[Mapping[str, Any]] = ContextVar("parley_log_fields", default={})  # noqa: B039 - never changed


def fields() -> Mapping[str, Any]:
    """What is bound here and now."""
    return _fields.get()


def bind(**more: Any) -> Mapping[str, Any]:
    """Bind more for the rest of this task or thread; returns what was bound before, for `restore`."""
    before = _fields.get()
    _fields.set({**before, **more})
    return before


def restore(before: Mapping[str, Any]) -> None:
    """Back to what `bind` returned."""
    _fields.set(before)


@contextmanager
def bound(**more: Any) -> Iterator[None]:
    """Bind more for the block."""
    before = bind(**more)
    try:
        yield
    finally:
        restore(before)
