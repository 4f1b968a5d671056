"""Qdrant, through its own client.

    {"BACKEND": "memory.stores.qdrant.QdrantStore", "OPTIONS": {"url": "http://qdrant:6333", "api_key": "…"}}

`location` ":memory:" or `path` runs it inside this process, for tests and small installations of one process.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4

from memory.stores.base import Entry
from memory.stores.outside import WRITE_SECONDS, described, numbers
from memory.stores.spaces import SpacedStore, point

PLACES = ("location", "path", "host")


class QdrantStore(SpacedStore):
    """Searches are filtered by contact over an index on it (`is_tenant`), and no graph is built over all contacts: that
    is Qdrant's own advice for many small tenants in one collection. Other options are the client's.
    """

    vendor, module, package = "Qdrant", "qdrant_client", "qdrant-client"

    def __init__(self, *, url: str = "", api_key: str = "", collection: str = "parley_memories", **client: Any) -> None:
        super().__init__(url=url, api_key=api_key, collection=collection)
        self._options = {"timeout": int(WRITE_SECONDS)} | client
        self._own = uuid4().hex  # in memory each is another place

    @property
    def _place(self) -> str:
        here = [str(self._options[name]) for name in PLACES if name in self._options]
        if not here:
            return super()._place
        return f"{here[0] if here[0] != ':memory:' else self._own}/{self._prefix}*"

    def _unplaced(self) -> str:
        return "" if any(name in self._options for name in PLACES) else super()._unplaced()

    async def _connect(self) -> Any:
        from qdrant_client import AsyncQdrantClient

        place: dict[str, Any] = {"url": self._url, "api_key": self._api_key or None} if self._url else {}
        return AsyncQdrantClient(check_compatibility=False, **place, **self._options)

    async def _collections(self, client: Any) -> Collection[str]:
        return [collection.name for collection in (await client.get_collections()).collections]

    async def _create(self, client: Any, space: str, dimensions: int) -> None:
        from qdrant_client.models import Distance, HnswConfigDiff, KeywordIndexParams, KeywordIndexType, VectorParams

        vectors = VectorParams(size=dimensions, distance=Distance.COSINE)
        graph = HnswConfigDiff(m=0, payload_m=16)
        await client.create_collection(space, vectors_config=vectors, hnsw_config=graph)
        if self._url or "host" in self._options:
            index = KeywordIndexParams(type=KeywordIndexType.KEYWORD, is_tenant=True)
            await client.create_payload_index(space, "contact", index)

    async def _insert(self, client: Any, space: str, contact_id: UUID, entries: Sequence[Entry]) -> None:
        from qdrant_client.models import PointStruct

        points = [
            PointStruct(
                id=str(point(contact_id, entry.id)), vector=numbers(entry.vector), payload=described(entry, contact_id)
            )
            for entry in entries
        ]
        await client.upsert(space, points, wait=True)

    async def _search(
        self, client: Any, space: str, contact_id: UUID, wanted: list[float], limit: int
    ) -> dict[int, float]:
        answer = await client.query_points(space, query=wanted, query_filter=_only(contact_id), limit=limit)
        return {int(found.payload["memory"]): float(found.score) for found in answer.points if found.payload}

    async def _erase(self, client: Any, space: str, points: Sequence[UUID]) -> None:
        from qdrant_client.models import PointIdsList

        await client.delete(space, PointIdsList(points=[str(number) for number in points]), wait=True)

    async def _erase_all(self, client: Any, space: str, contact_id: UUID) -> None:
        from qdrant_client.models import FilterSelector

        await client.delete(space, FilterSelector(filter=_only(contact_id)), wait=True)

    async def _drop(self, client: Any, space: str) -> None:
        await client.delete_collection(space)


def _only(contact_id: UUID) -> Any:
    from qdrant_client.models import FieldCondition, Filter, MatchValue

    return Filter(must=[FieldCondition(key="contact", match=MatchValue(value=str(contact_id)))])
