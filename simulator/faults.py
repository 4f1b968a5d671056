"""Faults on demand: a queue of them, each used once unless it says otherwise."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from simulator.checks import Check, choice, number, optional, text, whole
from simulator.settings import SettingsError


class Kind(StrEnum):
    """What goes wrong. The first two refuse the request; the others spoil the answer."""

    STATUS = "status"
    CONTEXT_TOO_LONG = "context_too_long"
    CUT = "cut"
    TRUNCATE = "truncate"
    STALL = "stall"
    MALFORMED = "malformed"
    SLOW_FIRST_TOKEN = "slow_first_token"  # noqa: S105 - the name of a fault
    ERROR_EVENT = "error_event"
    MISSING_USAGE = "missing_usage"
    FEW_VECTORS = "few_vectors"


STATUSES = (400, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529)


def _status(value: object) -> int:
    if value not in STATUSES or isinstance(value, float):
        raise ValueError(f"must be one of {', '.join(map(str, STATUSES))}, not {value!r}")
    return int(str(value))


_CHECKS: dict[str, Check] = {
    "kind": choice(*Kind),
    "status": _status,
    "retry_after": optional(number(0, 1e7)),
    "after": whole(0),
    "seconds": number(0, 86400),
    "model": optional(text),
    "path": optional(text),
    "count": optional(whole(1)),
    "share": optional(number(0, 1)),
}


@dataclass(slots=True)
class Fault:
    """One fault. `after` counts chunks of text sent before it, `seconds` is how long a stall or the wait for
    the first token is; `share` hits that part of the requests, for ever unless `count` ends it. `model` and `path`
    (a part of it) say which requests it fits."""

    kind: Kind
    status: int = 500
    retry_after: float | None = None
    after: int = 3
    seconds: float = 30.0
    model: str | None = None
    path: str | None = None
    count: int | None = None
    share: float | None = None

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "Fault":
        """The fault that a JSON object describes. Raises SettingsError naming each bad part."""
        good: dict[str, Any] = {}
        problems: dict[str, str] = {} if "kind" in values else {"kind": f"must be one of {', '.join(Kind)}"}
        for name, value in values.items():
            if name not in _CHECKS:
                problems[name] = f"is not a part of a fault; there are: {', '.join(_CHECKS)}"
                continue
            try:
                good[name] = _CHECKS[name](value)
            except ValueError as error:
                problems[name] = str(error)
        if problems:
            raise SettingsError(problems)
        return cls(**{**good, "kind": Kind(good["kind"])})

    def __post_init__(self) -> None:
        if self.count is None and self.share is None:
            self.count = 1


@dataclass(slots=True)
class FaultQueue:
    """The faults that wait, first in first out for each request that they fit."""

    waiting: list[Fault] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, model: str, path: str) -> Fault | None:
        """The first fault that strikes a request for this model at this path, used up by it; None without one."""
        for fault in self.waiting:
            if fault.model not in (None, model) or (fault.path or "") not in path:
                continue
            if fault.share is None or self.chance.random() < fault.share:
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count == 0:
            self.waiting = [other for other in self.waiting if other is not fault]

    def shown(self) -> list[dict[str, object]]:
        """The waiting faults as JSON values, with the uses that each has left."""
        return [asdict(fault) for fault in self.waiting]
