"""Stores with a collection for each embedder: what one collection holds is of one length, and embedders differ in it.

While memories are embedded anew there are two, and each memory is in one of them.
"""

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from memory.embedding import Vectors
from memory.stores.base import Entry
from memory.stores.outside import OutsideStore, in_parts, numbers

MOST_NAMED = 1000  # in one request


class SpacedStore(OutsideStore):
    """`collection` is what the names of the collections begin with. Entries are numbered by contact and memory, so that
    no entry of another contact can be named.
    """

    def __init__(self, *, url: str = "", api_key: str = "", collection: str = "") -> None:
        super().__init__(url=url, api_key=api_key)
        self._prefix = f"{collection}_"
        self._there: set[str] = set()

    @property
    def _place(self) -> str:
        return f"{super()._place}/{self._prefix}*"

    async def keep(self, contact_id: UUID, entries: Sequence[Entry]) -> None:
        """In the space of their embedder, and in no other."""
        for embedder, own in groupby(sorted(entries, key=lambda entry: entry.embedder), lambda entry: entry.embedder):
            for some in in_parts(list(own)):
                await self._write(self._keeping(contact_id, embedder, some))

    async def nearest(self, contact_id: UUID, vector: Vectors, embedder: str, limit: int) -> dict[int, float]:
        """Within the contact's entries."""
        space, wanted = self._space(embedder), numbers(vector)

        async def search(client: Any) -> dict[int, float]:
            if not await self._is_there(client, space):
                return {}
            return await self._search(client, space, contact_id, wanted, limit)

        return await self._read(search)

    async def forget(self, contact_id: UUID, ids: Collection[int]) -> None:
        """By the entries' own numbers, in every space."""
        for some in in_parts([point(contact_id, number) for number in ids], MOST_NAMED):
            await self._write(self._everywhere(self._erase, some))

    async def forget_all(self, contact_id: UUID) -> None:
        """By the contact, in every space."""
        await self._write(self._everywhere(self._erase_all, contact_id))

    async def empty(self) -> None:
        """The collections are dropped."""
        await self._write(self._everywhere(self._drop))
        self._there.clear()

    def _keeping(self, contact_id: UUID, embedder: str, entries: Sequence[Entry]) -> Callable[[Any], Awaitable[None]]:
        space = self._space(embedder)

        async def keep(client: Any) -> None:
            if not await self._is_there(client, space):
                await self._made(client, space, entries[0].vector.size)
            await self._insert(client, space, contact_id, entries)
            for other in await self._spaces(client):
                if other != space:
                    await self._erase(client, other, [point(contact_id, entry.id) for entry in entries])

        return keep

    def _everywhere(self, do: Callable[..., Awaitable[Any]], *more: Any) -> Callable[[Any], Awaitable[None]]:
        async def everywhere(client: Any) -> None:
            for space in await self._spaces(client):
                await do(client, space, *more)

        return everywhere

    def _space(self, embedder: str) -> str:
        """A name that every vendor takes, and that no other embedder has."""
        legible = re.sub(r"[^A-Za-z0-9]+", "_", embedder)[:60]
        return f"{self._prefix}{legible}_{sha256(embedder.encode()).hexdigest()[:8]}"

    async def _spaces(self, client: Any) -> list[str]:
        """All, also those that other processes have made."""
        return [name for name in await self._collections(client) if name.startswith(self._prefix)]

    async def _is_there(self, client: Any, space: str) -> bool:
        if space not in self._there and space in await self._collections(client):
            self._there.add(space)
        return space in self._there

    async def _made(self, client: Any, space: str, dimensions: int) -> None:
        try:
            await self._create(client, space, dimensions)
        except Exception:  # another process may have been first
            if not await self._is_there(client, space):
                raise

    @abstractmethod
    async def _collections(self, client: Any) -> Collection[str]:
        """The names of all."""

    @abstractmethod
    async def _create(self, client: Any, space: str, dimensions: int) -> None:
        """A collection with what its searches need."""

    @abstractmethod
    async def _insert(self, client: Any, space: str, contact_id: UUID, entries: Sequence[Entry]) -> None:
        """At most `outside.TOGETHER`, in place of those of the same numbers."""

    @abstractmethod
    async def _search(
        self, client: Any, space: str, contact_id: UUID, wanted: list[float], limit: int
    ) -> dict[int, float]:
        """The cosines of the nearest, nearest first."""

    @abstractmethod
    async def _erase(self, client: Any, space: str, points: Sequence[UUID]) -> None:
        """These, as far as they are there."""

    @abstractmethod
    async def _erase_all(self, client: Any, space: str, contact_id: UUID) -> None:
        """All of the contact."""

    @abstractmethod
    async def _drop(self, client: Any, space: str) -> None:
        """The collection itself."""


def point(contact_id: UUID, memory_id: int) -> UUID:
    """The number of an entry."""
    return uuid5(contact_id, str(memory_id))
