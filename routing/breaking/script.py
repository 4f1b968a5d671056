"""Calling breaker.lua, for many models at once."""

import enum
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from routing.breaking.policy import Policy

POLICY = Policy()
CHANNEL = "parley:breakers"
"""Says "<model id> open" or "<model id> closed" when a breaker turns."""

_SOURCE = (Path(__file__).parent / "breaker.lua").read_text()


class State(enum.Enum):
    """CLOSED lets every call through, OPEN none, HALF_OPEN one at a time: a probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


_STATES = (State.CLOSED, State.OPEN, State.HALF_OPEN)


@dataclass(frozen=True, slots=True)
class Reply:
    """What breaker.lua says. `now` and `since` are milliseconds of Redis's clock, `wait` is seconds."""

    now: int
    state: State
    wait: float
    failing: bool
    failures: int
    since: int
    reason: str


@dataclass(frozen=True, slots=True)
class Word:
    """What is said to breaker.lua about one model; see its head for the words."""

    model_id: int
    what: str
    asked: int = -1
    passed: int = 0
    reason: str = ""
    least: float = 0.0
    at_once: bool = False

    def command(self) -> list[Any]:
        """The arguments of EVAL."""
        policy = json.dumps(asdict(POLICY))
        jitter = random.uniform(0.8, 1.0)  # noqa: S311 - models of one provider fail together; their probes need not
        least, at_once = int(self.least * 1000), int(self.at_once)
        told = [self.what, policy, self.asked, self.passed, self.reason, least, at_once, jitter, CHANNEL, self.model_id]
        return [_SOURCE, 1, key(self.model_id), *told]


def key(model_id: int) -> str:
    """The hash of the model's breaker."""
    return f"parley:{{breaker:{model_id}}}"


async def say(redis: Any, words: Sequence[Word]) -> Mapping[int, Reply]:
    """Say them in one round trip, each to its own key. Raises RedisError.

    Always by EVAL: with EVALSHA a Redis that was restarted would not know the script.
    """
    pipeline = redis.pipeline(transaction=False)
    for word in words:
        pipeline.eval(*word.command())
    return _replies(words, await pipeline.execute())


def say_now(redis: Any, words: Sequence[Word]) -> Mapping[int, Reply]:
    """The same for synchronous code."""
    pipeline = redis.pipeline(transaction=False)
    for word in words:
        pipeline.eval(*word.command())
    return _replies(words, pipeline.execute())


def _replies(words: Sequence[Word], replies: Sequence[Sequence[Any]]) -> Mapping[int, Reply]:
    return {word.model_id: _reply(*found) for word, found in zip(words, replies, strict=True)}


def _reply(now: int, state: int, wait: int, failing: int, failures: int, since: int, reason: bytes | str) -> Reply:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return Reply(now, _STATES[state], wait / 1000, bool(failing), failures, since, text)
