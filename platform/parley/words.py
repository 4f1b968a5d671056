"""Caches of what people wrote: they leave a process's memory within minutes, so that what is erased is gone there too.

The words of a contact who is erased are in no table and in no Redis any more; a cache that only others' words push out
would keep them for as long as the process lives.
"""

import os
import threading
import weakref
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Any, TypeVar

KEPT_SECONDS = 600.0
Function = TypeVar("Function", bound=Callable[..., Any])

_lock = threading.Lock()
_functions: list[Any] = []
_owners: "weakref.WeakSet[Any]" = weakref.WeakSet()
_timer: threading.Timer | None = None


def words_cache(maxsize: int) -> Callable[[Function], Function]:
    """`functools.lru_cache` for a function of what people wrote, emptied at most KEPT_SECONDS after a word came."""

    def decorate(function: Function) -> Function:
        @lru_cache(maxsize)
        @wraps(function)
        def known(*words: Hashable) -> Any:
            found = function(*words)
            forget_in_time()  # last: what is kept after this is kept after a timer has begun
            return found

        _functions.append(known)
        return known  # type: ignore[return-value]

    return decorate


def keeps_words(owner: Any) -> None:
    """Register an object with a cache of its own; its `forget_words()` is called, in another thread, to empty it.

    Whenever it puts words in, it calls `forget_in_time`.
    """
    with _lock:
        _owners.add(owner)


def forget_in_time() -> None:
    """See to it that everything is forgotten KEPT_SECONDS from now at the latest."""
    global _timer  # noqa: PLW0603 - one of a process
    if _timer is None:
        with _lock:
            if _timer is None:
                _timer = threading.Timer(KEPT_SECONDS, forget_words)
                _timer.daemon = True
                _timer.start()


def _without_timer() -> None:
    global _timer  # noqa: PLW0603
    _timer = None


os.register_at_fork(after_in_child=_without_timer)  # a child has none of its parent's threads


def forget_words() -> None:
    """Empty every cache of words in this process."""
    global _timer
    with _lock:
        _timer, owners = None, list(_owners)
    for function in _functions:
        function.cache_clear()
    for owner in owners:
        owner.forget_words()
