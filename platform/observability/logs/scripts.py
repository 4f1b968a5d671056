"""What is held in Redis: the keys, and the scripts that alone change them.

All keys are in one slot of a cluster, because what all conversations take together is counted with each change.
"""

import functools
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

DUE, USED, DECIDING = "parley:{held}:due", "parley:{held}:used", "parley:{held}:deciding"
_FOLDER = Path(__file__).parent / "lua"
Call = tuple[str, Sequence[str], Sequence[Any]]


def meta_key(conversation: UUID) -> str:
    """The hash of what is known of a conversation."""
    return f"parley:{{held}}:{conversation.hex}:meta"


def list_keys(conversation: UUID) -> tuple[str, str]:
    """The lists of its chunks: the first ones, which stay, and the others, whose oldest go when there are too many."""
    return f"parley:{{held}}:{conversation.hex}:first", f"parley:{{held}}:{conversation.hex}:rest"


def keys(conversation: UUID) -> list[str]:
    """Those that most scripts are about."""
    return [meta_key(conversation), *list_keys(conversation), DUE, USED]


def run(client: Any, calls: Sequence[Call]) -> list[Any]:
    """Run scripts (name, keys, arguments) in one round trip. Raises RedisError."""
    for again in (False, True):
        pipe = client.pipeline(transaction=False)
        for name, names, arguments in calls:
            pipe.evalsha(_digest(name), len(names), *names, *arguments)
        try:
            return list(pipe.execute())
        except NoScriptError:  # Redis was restarted; it refuses at the first of a kind, so nothing was done twice
            if again:
                raise
            for name in {call[0] for call in calls}:
                client.script_load(_source(name))
    raise AssertionError("unreachable")


@functools.cache
def client() -> Any:
    """This process's connections for logs. A command fails within a second when Redis is away."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1.5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


@functools.cache
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.lua").read_text()


@functools.cache
def _digest(name: str) -> str:
    return sha1(_source(name).encode(), usedforsecurity=False).hexdigest()
