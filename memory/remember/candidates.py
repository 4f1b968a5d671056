"""What extraction proposes, as plain values: a memory that could be kept, and what was said."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from memory.models import Kind, UserMemory


class Action(StrEnum):
    """What is to happen with what is known already."""

    ADD = "add"
    UPDATE = "update"
    SUPERSEDE = "supersede"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Said:
    """One message of a conversation, as memory's copy has it."""

    message: int
    conversation: UUID
    by_contact: bool
    text: str
    said_at: datetime


@dataclass(frozen=True)
class Candidate:
    """A memory that could be kept.

    exclusive  only one memory of this kind and subject can hold (a name, a home): a newer one supersedes the older
    target     the known memory that `action` is about
    reason     why it is to be ignored
    """

    text: str
    said: Said = field(repr=False)
    kind: Kind = Kind.FACT
    subject: str = ""
    action: Action = Action.ADD
    target: int | None = None
    exclusive: bool = False
    confidence: float = 0.8
    importance: float = 0.5
    holds_from: datetime | None = None
    holds_until: datetime | None = None
    origin: UserMemory.Origin = UserMemory.Origin.PATTERNS
    reason: str = ""


@dataclass(frozen=True)
class Passed:
    """Something said that is not remembered, and why. A secret's text is masked before it comes here."""

    text: str
    reason: str
    message: int | None
