"""The plan of a turn: what was prepared for its answer, kept in its row while it waits."""

import time
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from memory.knowledge.search import PassageHit
from routing.cached import Hit, Lookup
from routing.decision import Decision
from routing.question import Question


@dataclass
class Plan:
    """Passages that were found, what routing decided; since when the turn waits for a model, and all its models fail.

    `cache` is the note of the lookup of cached answers; `looked_up` is what it was asked and found, which is not kept
    while the turn waits. Where that is a hit there are no passages, and nothing waits. `memories` is their section of
    the prompt, `recalled` the note of what was recalled, `left_out` how many characters of earlier messages do not go
    into it, `summary` the note of the summary that does, `estimated` how many tokens the prompt was thought to have.
    Times are seconds since the epoch by this machine's clock:
    they decide about patience, not about order.
    """

    hits: list[PassageHit]
    waiting_since: float | None = None
    failing_since: float | None = None
    decision: Decision = field(default_factory=Decision)
    cache: dict[str, Any] = field(default_factory=dict)
    memories: str = ""
    left_out: int = 0
    summary: dict[str, int] = field(default_factory=dict)
    estimated: int = 0
    recalled: dict[str, Any] = field(default_factory=dict)
    looked_up: tuple[Question, Lookup] | None = None

    def as_json(self) -> dict[str, Any]:
        """What `plan_from_json` reads."""
        return {
            "hits": [asdict(hit) for hit in self.hits],
            "waiting_since": self.waiting_since,
            "failing_since": self.failing_since,
            "decision": self.decision.as_json(),
            "cache": self.cache,
            "memories": self.memories,
            "recalled": self.recalled,
            "left_out": self.left_out,
        }

    @property
    def cached(self) -> Hit | None:
        """The approved answer that fits, if there is one."""
        return self.looked_up[1].hit if self.looked_up else None

    @property
    def waited(self) -> float:
        """Seconds since it was first parked."""
        return max(time.time() - self.waiting_since, 0.0) if self.waiting_since is not None else 0.0

    @property
    def failed_for(self) -> float:
        """Seconds since no model could answer."""
        return max(time.time() - self.failing_since, 0.0) if self.failing_since is not None else 0.0


def plan_from_json(kept: dict[str, Any] | None) -> Plan | None:
    """The kept plan; None where there is none, or one of another version of Parley: it is made anew."""
    if not kept:
        return None
    names = {field.name for field in fields(PassageHit)}
    hits = kept.get("hits", [])
    if any(set(hit) != names for hit in hits):
        return None
    try:
        decision = Decision.from_json(kept["decision"])
    except (KeyError, TypeError, ValueError):
        return None
    return Plan(
        [PassageHit(**hit) for hit in hits],
        kept.get("waiting_since"),
        kept.get("failing_since"),
        decision,
        kept.get("cache") or {},
        kept.get("memories") or "",
        kept.get("left_out") or 0,
        kept.get("recalled") or {},
    )
