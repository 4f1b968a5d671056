"""Qdrant, through its own client: `pip install qdrant-client`.

    {"BACKEND": "memory.stores.qdrant.QdrantStore", "OPTIONS": {"url": "http://qdrant:6333", "api_key": "…"}}

`location` ":memory:" or `path` runs it inside this process, for tests and small installations of one process.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid5

from django.core.checks import CheckMessage, Error

from memory.embedding import Vectors
from memory.models import DIMENSIONS
from memory.stores.base import Entry, Store, StoreError

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

T = TypeVar("T")
PLACES = ("url", "location", "path", "host")


class QdrantStore(Store):
    """One collection, its points numbered by contact and memory, so that no id of another contact can be named.

    Calls go to threads, because the client belongs to no event loop then. Other options are QdrantClient's.
    """

    def __init__(self, *, collection: str = "parley_memories", **client: Any) -> None:
        self._collection, self._options = collection, client
        self._lock = threading.RLock()

    def check(self) -> list[CheckMessage]:
        """The client is installed, and told where Qdrant is."""
        found = []
        if find_spec("qdrant_client") is None:
            found.append(Error("qdrant-client is not installed.", hint="pip install qdrant-client", id="memory.E006"))
        if not any(name in self._options for name in PLACES):
            hint = "Set MEMORY['STORE']['OPTIONS']['url'] to its address, like http://qdrant:6333."
            found.append(Error("The Qdrant store is not told where Qdrant is.", hint=hint, id="memory.E007"))
        return [*found]

    async def keep(self, contact_id: UUID, entries: Sequence[Entry]) -> None:
        """Upsert, and wait until it is stored."""
        from qdrant_client.models import PointStruct

        points = [
            PointStruct(
                id=_point(contact_id, entry.id),
                vector=entry.vector.ravel().tolist(),
                payload={"contact": str(contact_id), "memory": entry.id, "embedder": entry.embedder},
            )
            for entry in entries
        ]
        if points:
            await self._ask(lambda client: client.upsert(self._collection, points, wait=True))

    async def nearest(self, contact_id: UUID, vector: Vectors, embedder: str, limit: int) -> dict[int, float]:
        """Within the contact's points."""
        only, wanted = _only(contact_id, embedder), vector.ravel().tolist()
        answer = await self._ask(
            lambda client: client.query_points(self._collection, query=wanted, query_filter=only, limit=limit)
        )
        return {int(point.payload["memory"]): float(point.score) for point in answer.points if point.payload}

    async def forget(self, contact_id: UUID, ids: Collection[int]) -> None:
        """By the points' own numbers."""
        from qdrant_client.models import PointIdsList

        points = PointIdsList(points=[_point(contact_id, number) for number in ids])
        if ids:
            await self._ask(lambda client: client.delete(self._collection, points, wait=True))

    async def forget_all(self, contact_id: UUID) -> None:
        """By the contact."""
        from qdrant_client.models import FilterSelector

        selector = FilterSelector(filter=_only(contact_id))
        await self._ask(lambda client: client.delete(self._collection, selector, wait=True))

    async def _ask(self, call: "Callable[[QdrantClient], T]") -> T:
        try:
            return await asyncio.to_thread(self._locked, call)
        except Exception as error:  # translated at the edge, whatever its transport raises
            raise StoreError(f"Qdrant cannot be asked ({type(error).__name__}).") from error

    def _locked(self, call: "Callable[[QdrantClient], T]") -> T:
        """In-process Qdrant is not made for threads; a server's client is."""
        if "url" in self._options or "host" in self._options:
            return call(self._client)
        with self._lock:
            return call(self._client)

    @cached_property
    def _client(self) -> "QdrantClient":
        from qdrant_client import QdrantClient
        from qdrant_client.models import Distance, PayloadSchemaType, VectorParams

        with self._lock:
            client = QdrantClient(check_compatibility=False, **self._options)
            if not client.collection_exists(self._collection):
                vectors = VectorParams(size=DIMENSIONS, distance=Distance.COSINE)
                client.create_collection(self._collection, vectors_config=vectors)
                if "url" in self._options or "host" in self._options:
                    client.create_payload_index(self._collection, "contact", PayloadSchemaType.KEYWORD)
        return client


def _point(contact_id: UUID, memory_id: int) -> str:
    return str(uuid5(contact_id, str(memory_id)))


def _only(contact_id: UUID, embedder: str | None = None) -> Any:
    from qdrant_client.models import FieldCondition, Filter, MatchValue

    wanted = {"contact": str(contact_id)} | ({"embedder": embedder} if embedder is not None else {})
    return Filter(must=[FieldCondition(key=key, match=MatchValue(value=value)) for key, value in wanted.items()])
