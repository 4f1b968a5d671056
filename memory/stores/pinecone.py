"""Pinecone (serverless), through its own client.

    {"BACKEND": "memory.stores.pinecone.PineconeStore", "OPTIONS": {"url": "https://….pinecone.io", "api_key": "…"}}

`url` is the host of an index for dense vectors by cosine, of as many dimensions as the embedder has; it must be there.

A namespace for each contact, as Pinecone advises for many users: it is stored apart and is erased as a whole, a search
costs what the namespace holds and not what all hold, and limits of 100 searches a second are by namespace. Plans allow
100 (Starter), 1,000 (Builder) or 100,000 namespaces an index, more on request. For more contacts, `namespaces` says how
many they share; they are then kept apart by a filter on the contact, which every search has in either case.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from django.core.checks import CheckMessage, Error

from memory.embedding import Vectors
from memory.stores.base import Entry
from memory.stores.outside import WRITE_SECONDS, OutsideStore, described, in_parts, numbers


class PineconeStore(OutsideStore):
    """Records numbered by contact and memory. What was written is found by searches some moments later.

    `namespaces` 0: one for each contact. Changing it makes it another place, which is filled anew.
    """

    vendor, module, package = "Pinecone", "pinecone", "pinecone"

    def __init__(self, *, url: str = "", api_key: str = "", namespaces: int = 0) -> None:
        super().__init__(url=url, api_key=api_key)
        self._namespaces = namespaces

    @property
    def _place(self) -> str:
        return super()._place + (f"/{self._namespaces}" if self._namespaces else "")

    def check(self) -> list[CheckMessage]:
        """It has a key, too."""
        hint = "Set PARLEY_MEMORY_STORE_API_KEY to an API key of the index's project."
        keyless = [] if self._api_key else [Error("The Pinecone store has no key.", hint=hint, id="memory.E008")]
        return [*super().check(), *keyless]

    async def keep(self, contact_id: UUID, entries: Sequence[Entry]) -> None:
        """Upsert."""
        vectors = [
            {
                "id": _number(contact_id, entry.id),
                "values": numbers(entry.vector),
                "metadata": described(entry, contact_id),
            }
            for entry in entries
        ]
        space = self._space(contact_id)
        for some in in_parts(vectors):
            await self._write(partial(_upsert, some, space))

    async def nearest(self, contact_id: UUID, vector: Vectors, embedder: str, limit: int) -> dict[int, float]:
        """Within the contact's records."""
        only = {"contact": {"$eq": str(contact_id)}, "embedder": {"$eq": embedder}}
        wanted, space = numbers(vector), self._space(contact_id)
        answer = await self._read(lambda index: index.query(vector=wanted, top_k=limit, namespace=space, filter=only))
        ours = f"{contact_id}:"
        return {
            int(match.id.removeprefix(ours)): float(match.score)
            for match in answer.matches
            if match.id.startswith(ours)
        }

    async def forget(self, contact_id: UUID, ids: Collection[int]) -> None:
        """By the records' own numbers."""
        space = self._space(contact_id)
        for some in in_parts([_number(contact_id, number) for number in ids], 1000):
            await self._write(partial(_delete, some, space))

    async def forget_all(self, contact_id: UUID) -> None:
        """With its namespace, which counts among those of the plan; where it is shared, by the contact."""
        space = self._space(contact_id)
        if self._namespaces:
            only = {"contact": {"$eq": str(contact_id)}}
            await self._write(lambda index: _gone(index.delete(filter=only, namespace=space)))
        else:
            await self._write(partial(_drop, space))

    async def empty(self) -> None:
        """Namespace by namespace, in as many calls; only those that are ours."""

        async def ours(index: Any) -> list[str]:
            return [space.name async for page in index.list_namespaces() for space in page.namespaces]

        for name in await self._write(ours):
            if name.startswith("contact-"):
                await self._write(partial(_drop, name))

    def _space(self, contact_id: UUID) -> str:
        return f"contact-{contact_id.int % self._namespaces if self._namespaces else contact_id}"

    async def _connect(self) -> Any:
        from pinecone import AsyncIndex

        index = AsyncIndex(host=self._url, api_key=self._api_key, timeout=WRITE_SECONDS)
        await index.list_namespaces_paginated(limit=1)  # the connection stands, and the key opens
        return index


def _number(contact_id: UUID, memory_id: int) -> str:
    return f"{contact_id}:{memory_id}"


async def _upsert(vectors: Sequence[Any], space: str, index: Any) -> None:
    await index.upsert(vectors=list(vectors), namespace=space)


async def _delete(ids: Sequence[str], space: str, index: Any) -> None:
    await _gone(index.delete(ids=list(ids), namespace=space))


async def _drop(space: str, index: Any) -> None:
    await _gone(index.delete_namespace(name=space))


async def _gone(deleting: Any) -> None:
    """Without an error for what is not there."""
    from pinecone import NotFoundError

    with suppress(NotFoundError):
        await deleting
