"""What recall returns: plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class RecalledMemory:
    """One memory. `lexical` is the share of the question's words (by rarity) that it holds; `cosine` is None without
    a vector of the embedder in use.
    """

    id: int
    kind: str
    text: str
    said_at: datetime
    holds_until: datetime | None
    lexical: float
    cosine: float | None
    score: float


@dataclass(frozen=True)
class RecalledMessage:
    """One message of an earlier moment. `message` numbers it in conversations; a long text is cut."""

    message: int
    conversation: UUID
    by_contact: bool
    text: str
    said_at: datetime
    lexical: float
    cosine: float | None
    score: float


@dataclass(frozen=True)
class Recalled:
    """What fits a question, best first in both lists. `note` is JSON for the turn: what was recalled with which scores,
    or under `away` why nothing could be.
    """

    memories: list[RecalledMemory] = field(default_factory=list)
    messages: list[RecalledMessage] = field(default_factory=list)
    note: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.memories or self.messages)


Found = RecalledMemory | RecalledMessage
