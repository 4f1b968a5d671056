"""Levels: heights that are looked at, not counted. Each process tells its part, the leader adds them up.

A process's parts are one key in Redis that expires, so that a process that died has none. What a single look shows for
the whole installation (rows of a table, the length of a queue) is asked by the leader alone: `level_of_all`.
"""

import functools
import json
import logging
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import redis
from django.conf import settings

from observability.statistics import flushing
from observability.statistics.adding import add
from observability.statistics.figures import FIGURES

T = TypeVar("T")
log = logging.getLogger(__name__)
KEPT_SECONDS = 25  # that a process's part counts without being told again
EVERYBODY, PART = "parley:{levels}", "parley:{levels}:"

_mine: dict[tuple[str, str], Callable[[], float]] = {}
_of_all: dict[str, Callable[[], Mapping[str, float]]] = {}
_seen: set[str] = set()  # levels that processes told, since this one leads
_failed: set[str] = set()


def level(figure: str, read: Callable[[], float], *, label: str = "") -> None:
    """`read` gives this process's part at this moment: quick, from any thread. The last one that was registered counts.

    To be called when there is something to tell, not at import: it starts the process's thread.
    """
    assert figure in FIGURES, f"There is no figure {figure}."
    _mine[figure, label] = read
    if publish not in flushing.also:
        flushing.also.append(publish)
    flushing.start()


def level_of_all(figure: str, read: Callable[[], Mapping[str, float]]) -> None:
    """`read` gives the heights of the whole installation by label, zeros too. The leader calls it, in a thread.

    It may ask the database. When it fails, that is said in the log, and the level has no value for the while.
    """
    assert figure in FIGURES, f"There is no figure {figure}."
    _of_all[figure] = read


def mine() -> dict[tuple[str, str], float]:
    """This process's parts, by figure and label."""
    return {name: value for name, read in _mine.items() if (value := _asked(name[0], read)) is not None}


def of_all() -> dict[tuple[str, str], float]:
    """What is asked for the whole installation, by figure and label."""
    asked = {figure: _asked(figure, read) or {} for figure, read in _of_all.items()}
    return {(figure, label): value for figure, heights in asked.items() for label, value in heights.items()}


def publish() -> None:
    """Tell this process's parts. Raises RedisError."""
    parts = [[figure, label, value] for (figure, label), value in mine().items()]
    with _redis().pipeline(transaction=False) as pipe:
        pipe.set(PART + _me(), json.dumps(parts), ex=KEPT_SECONDS)
        pipe.sadd(EVERYBODY, _me())
        pipe.execute()


def gather_levels() -> None:
    """Look once at every level, and add what was seen: a chore of the leader. Raises RedisError.

    A level that some process tells, or told once, is nought for those of its labels that nobody has a part of.
    """
    heights = of_all()
    for figure, label, value in _parts():
        heights[figure, label] = heights.get((figure, label), 0.0) + value
        _seen.add(figure)
    for figure in _seen:
        for label in FIGURES[figure].labels:
            heights.setdefault((figure, label), 0.0)
    for (figure, label), value in heights.items():
        add(figure, value, label=label)


def _parts() -> list[Any]:
    """What all living processes told."""
    client = _redis()
    members: Any = client.smembers(EVERYBODY)
    names = sorted(name.decode() for name in members)
    told = client.mget([PART + name for name in names]) if names else []
    if gone := [name for name, each in zip(names, told, strict=True) if each is None]:
        client.srem(EVERYBODY, *gone)
    return [tuple(part) for each in told if each for part in json.loads(each) if part[0] in FIGURES]


def _asked(figure: str, read: Callable[[], T]) -> T | None:
    try:
        value = read()
    except Exception as error:  # noqa: BLE001 - whoever tells a level may fail in any way
        if figure not in _failed:
            log.warning("The level of %s cannot be told: %s: %s", figure, type(error).__name__, error)
        _failed.add(figure)
        return None
    _failed.discard(figure)
    return value


@functools.cache
def _me() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


@functools.cache
def _redis() -> "redis.Redis":
    """A connection of our own: told from a thread that has no event loop."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=2)


def _forked() -> None:
    _me.cache_clear()
    _redis.cache_clear()


os.register_at_fork(after_in_child=_forked)
