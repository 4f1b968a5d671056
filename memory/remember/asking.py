"""The model that extracts: memory does not know routing, so conversations.remembering registers how to ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

PURPOSE = "memory.extraction"


class Ask(Protocol):
    """Enqueue a request, whose result comes to `memory.remember.take_reply` with the same key, perhaps more than once.
    It is called in a database thread, and joins the caller's transaction: the request is kept if that is committed.

    schema    of the whole reply; the memories in it are checked one by one by who takes it
    together  what the request may be combined with: nothing but other requests of the same contact
    Returns False when no model is ready to be asked. The same key again changes nothing.
    """

    def __call__(
        self, purpose: str, key: str, system: str, user: str, schema: Mapping[str, Any], *, together: str, site_id: int
    ) -> bool:
        """Ask."""


@dataclass(frozen=True)
class Registered:
    """`withdraw` forgets all requests and results whose key begins with a prefix, and says how many there were."""

    ask: Ask
    withdraw: Callable[[str, str], int]


_registered: list[Registered] = []


def register_model(ask: Ask, withdraw: Callable[[str, str], int]) -> None:
    """Say how a model is asked, and how questions are withdrawn: `withdraw(purpose, prefix of the keys)`."""
    _registered[:] = [Registered(ask, withdraw)]


def registered() -> Registered | None:
    """What was registered last; None: our own patterns are all there is."""
    return _registered[0] if _registered else None


def forget_model() -> None:
    """Nobody can be asked any more: for tests."""
    _registered.clear()


def key_of(contact_id: UUID, first: int, last: int) -> str:
    """Which messages a request is about: those of the contact whose numbers are from `first` to `last`."""
    return f"{contact_id}:{first}-{last}"


def read_key(key: str) -> tuple[UUID, int, int]:
    """The reverse. Raises ValueError."""
    contact, _, numbers = key.partition(":")
    first, _, last = numbers.partition("-")
    return UUID(contact), int(first), int(last)


def withdraw_all(contact_id: UUID) -> int:
    """Forget every queued request and result about the contact."""
    known = registered()
    return known.withdraw(PURPOSE, f"{contact_id}:") if known else 0
