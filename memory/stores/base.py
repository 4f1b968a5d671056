"""What every store has in common: vectors of memories by contact. The memories themselves are rows of Postgres."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.core.checks import CheckMessage

from memory.embedding import Vectors
from memory.embedding.pauses import Pauses


class Entry(NamedTuple):
    """The vector of one memory, made by the embedder of that name."""

    id: int
    vector: Vectors
    embedder: str


class Store(ABC):
    """Every method but `empty` is about one contact and reaches no other's entries, whatever ids it is given.

    `inside`: the vectors are in the memories' own rows, so that recall compares them in its one statement; `keep` is
    then how they come there, and a row's end is its vector's. Failures raise StoreError, and recall goes on by words.
    """

    inside = False

    @cached_property
    def pauses(self) -> Pauses:
        """When the background may try again what the store did not take."""
        return Pauses(5, 120)

    @property
    def name(self) -> str:
        """Which place this is, for people and to tell one place from another; without secrets."""
        return type(self).__name__

    @abstractmethod
    def check(self) -> list[CheckMessage]:
        """What is wrong with the configuration and how to mend it; nothing is asked over the network."""

    def warm_up(self) -> None:  # noqa: B027 - most have nothing to do
        """Import and connect what the first turn would wait for. Blocks; a store that is away is no error yet."""

    @abstractmethod
    async def keep(self, contact_id: UUID, entries: Sequence[Entry]) -> None:
        """Store these vectors, in place of earlier ones of the same ids."""

    @abstractmethod
    async def nearest(self, contact_id: UUID, vector: Vectors, embedder: str, limit: int) -> dict[int, float]:
        """The cosines of the nearest, nearest first; vectors of another embedder are not compared."""

    @abstractmethod
    async def forget(self, contact_id: UUID, ids: Collection[int]) -> None:
        """Erase these entries; ids that are not there are passed over."""

    @abstractmethod
    async def forget_all(self, contact_id: UUID) -> None:
        """Erase everything of the contact."""

    async def empty(self) -> None:
        """Erase what is kept of everybody, for leaving this store."""
        raise StoreError(f"{self.name} is left by emptying nothing: the vectors go with the memories.")


class StoreError(Exception):
    """The store is away, or refused; the message is for the log and the turn's trace."""
