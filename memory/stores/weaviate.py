"""Weaviate (1.27 or newer), through its own client: REST to connect and to make collections, gRPC for the rest.

    {"BACKEND": "memory.stores.weaviate.WeaviateStore", "OPTIONS": {"url": "http://weaviate:8080", "api_key": "…"}}

All contacts are in one collection, filtered by contact, and not each a tenant: a tenant is a shard with files of its
own. Weaviate names some 50,000 active ones a node; with 100,000 and more others met restarts of minutes and more open
files than a system gives (weaviate/weaviate#4634), and a change of the schema loaded them all (#10322). A filter is
applied before the search, over an index on the contact, and what passes is compared exactly while it is fewer than the
flat search cut-off of 40,000: the heaviest contact has some thousands.
"""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from memory.stores.base import Entry, StoreError
from memory.stores.outside import READ_SECONDS, WRITE_SECONDS, described, numbers
from memory.stores.spaces import SpacedStore, point

EXACT_BELOW = 40_000  # objects that pass the filter; Weaviate's default, which we rely on
GRPC_PORT = 50051


class WeaviateStore(SpacedStore):
    """`grpc`: "host:port" where it is not port 50051 of the same host (or Weaviate Cloud, which is known)."""

    vendor, module, package = "Weaviate", "weaviate", "weaviate-client"

    def __init__(self, *, url: str = "", api_key: str = "", collection: str = "ParleyMemories", grpc: str = "") -> None:
        # Weaviate begins names with a capital, whatever it is told.
        super().__init__(url=url, api_key=api_key, collection=collection[:1].upper() + collection[1:])
        self._grpc = grpc

    async def _connect(self) -> Any:
        import weaviate
        from weaviate.classes.init import AdditionalConfig, Auth, Timeout

        seconds = Timeout(init=WRITE_SECONDS, query=READ_SECONDS, insert=WRITE_SECONDS)
        client = weaviate.WeaviateAsyncClient(
            connection_params=weaviate.connect.ConnectionParams.from_params(**_addresses(self._url, self._grpc)),
            auth_client_secret=Auth.api_key(self._api_key) if self._api_key else None,
            additional_config=AdditionalConfig(timeout=seconds, trust_env=True),
            skip_init_checks=True,  # another two requests, which tell no more than the first search
        )
        await client.connect()
        return client

    async def _collections(self, client: Any) -> Collection[str]:
        return list(await client.collections.list_all())

    async def _create(self, client: Any, space: str, dimensions: int) -> None:  # noqa: ARG002
        """Texts are compared as a whole; only what filters is indexed. The first vector decides on the dimensions."""
        from weaviate.classes.config import Configure, DataType, Property, Tokenization, VectorDistances

        contact = Property(
            name="contact", data_type=DataType.TEXT, tokenization=Tokenization.FIELD,
            index_filterable=True, index_searchable=False,
        )  # fmt: skip
        embedder = Property(name="embedder", data_type=DataType.TEXT, index_filterable=False, index_searchable=False)
        memory = Property(name="memory", data_type=DataType.INT, index_filterable=False)
        index = Configure.VectorIndex.hnsw(distance_metric=VectorDistances.COSINE, flat_search_cutoff=EXACT_BELOW)
        await client.collections.create(
            space,
            properties=[contact, memory, embedder],
            vector_config=Configure.Vectors.self_provided(vector_index_config=index),
        )

    async def _insert(self, client: Any, space: str, contact_id: UUID, entries: Sequence[Entry]) -> None:
        from weaviate.classes.data import DataObject

        objects = [
            DataObject(
                uuid=point(contact_id, entry.id), properties=described(entry, contact_id), vector=numbers(entry.vector)
            )
            for entry in entries
        ]
        answer = await client.collections.use(space).data.insert_many(objects)
        if answer.has_errors:
            raise StoreError(f"Weaviate refused {len(answer.errors)} of {len(entries)} vectors.")

    async def _search(
        self, client: Any, space: str, contact_id: UUID, wanted: list[float], limit: int
    ) -> dict[int, float]:
        from weaviate.classes.query import MetadataQuery

        answer = await client.collections.use(space).query.near_vector(
            near_vector=wanted,
            limit=limit,
            filters=_only(contact_id),
            return_properties=["memory"],
            return_metadata=MetadataQuery(distance=True),
        )
        return {int(found.properties["memory"]): 1.0 - found.metadata.distance for found in answer.objects}

    async def _erase(self, client: Any, space: str, points: Sequence[UUID]) -> None:
        from weaviate.classes.query import Filter

        await _delete_all(client.collections.use(space), Filter.by_id().contains_any(list(points)))

    async def _erase_all(self, client: Any, space: str, contact_id: UUID) -> None:
        await _delete_all(client.collections.use(space), _only(contact_id))

    async def _drop(self, client: Any, space: str) -> None:
        await client.collections.delete(space)


async def _delete_all(collection: Any, which: Any) -> None:
    """Again and again: Weaviate deletes at most so many in one go (10,000, unless configured otherwise)."""
    while (answer := await collection.data.delete_many(where=which)).matches:
        if answer.failed:
            raise StoreError(f"Weaviate did not erase {answer.failed} of {answer.matches} vectors.")


def _only(contact_id: UUID) -> Any:
    from weaviate.classes.query import Filter

    return Filter.by_property("contact").equal(str(contact_id))


def _addresses(url: str, grpc: str) -> dict[str, Any]:
    """What the client asks for. Weaviate Cloud has gRPC on a host of its own."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    there = _grpc_of(parts, grpc)
    return {
        "http_host": parts.hostname, "http_port": parts.port or (443 if secure else 80), "http_secure": secure,
        "grpc_host": there.hostname, "grpc_port": there.port or (443 if secure else GRPC_PORT), "grpc_secure": secure,
    }  # fmt: skip


def _grpc_of(parts: SplitResult, grpc: str) -> SplitResult:
    host = parts.hostname or ""
    if grpc:
        return urlsplit(f"//{grpc}")
    if host.endswith((".weaviate.cloud", ".weaviate.network")):
        return urlsplit(f"//grpc-{host}:443")
    return urlsplit(f"//{host}:{GRPC_PORT}")
