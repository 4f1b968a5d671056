"""Weaviate: its schema over REST; searching, inserting and deleting over gRPC, by the client's own protocol files."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import grpc
import numpy as np
from weaviate.proto.v1 import base_pb2, batch_delete_pb2, batch_pb2, properties_pb2, search_get_pb2, weaviate_pb2_grpc

from tests.memory.standins.http import Answer, served

KEY = "key-of-the-weaviate-stand-in"
DELETED_AT_ONCE = 400  # QUERY_MAXIMUM_RESULTS is 10,000; less here, so that one contact's are more
HNSW = {
    "cleanupIntervalSeconds": 300, "dynamicEfFactor": 8, "dynamicEfMax": 500, "dynamicEfMin": 100, "ef": -1,
    "efConstruction": 128, "maxConnections": 32, "skip": False, "vectorCacheMaxObjects": 10**12,
}  # fmt: skip
Object = tuple[np.ndarray, dict[str, Any]]


class Weaviate(weaviate_pb2_grpc.WeaviateServicer):
    """Collections with their objects. Clear `open` to let every request wait."""

    def __init__(self) -> None:
        self.schemas, self.collections = dict[str, Any](), dict[str, dict[UUID, Object]]()
        self.open = threading.Event()
        self.open.set()

    def respond(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """REST: status and JSON."""
        self.open.wait(30)
        name = path.removeprefix("/v1/schema/")
        if headers.get("authorization") != f"Bearer {KEY}":
            return 401, {"error": [{"message": "anonymous access not enabled"}]}
        match method, path:
            case "GET", "/v1/meta":
                return 200, {"version": "1.34.0", "hostname": "http://[::]:8080", "modules": {}}
            case "GET", "/v1/schema":
                return 200, {"classes": list(self.schemas.values())}
            case "POST", "/v1/schema":
                return self._create(body)
            case "DELETE", _:
                self.schemas.pop(name, None)
                self.collections.pop(name, None)
                return 200, {}
        return 404, {"error": [{"message": f"{method} {path} is not here"}]}

    def Search(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """By cosine distance among what passes the filter."""
        objects = self._objects(request.collection, context)
        [wanted] = [_vector(sent) for sent in (request.near_vector.vectors or [request.near_vector])]
        near = []
        for uuid, (vector, properties) in objects.items():
            if _passes(request.filters, uuid, properties):
                if vector.size != wanted.size:
                    context.abort(grpc.StatusCode.UNKNOWN, "vector lengths don't match")
                cosine = float(wanted @ vector / np.linalg.norm(wanted) / np.linalg.norm(vector))
                near.append((1 - cosine, uuid, properties))
        best = sorted(near, key=lambda one: one[0])[: request.limit]
        return search_get_pb2.SearchReply(results=[_result(*one) for one in best])

    def BatchObjects(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Insert or replace; a vector of another length than those that are there is refused."""
        errors = []
        for place, sent in enumerate(request.objects):
            objects = self._objects(sent.collection, context)
            vector = _vector(sent.vectors[0] if sent.vectors else sent)
            there = next(iter(objects.values()), None)
            if there is not None and there[0].size != vector.size:
                message = f"new node has a vector with length {vector.size}. Existing nodes have {there[0].size}"
                errors.append(batch_pb2.BatchObjectsReply.BatchError(index=place, error=message))
            else:
                objects[UUID(sent.uuid)] = (vector, dict(sent.properties.non_ref_properties))
        return batch_pb2.BatchObjectsReply(errors=errors)

    def BatchDelete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """What passes the filter, up to a limit."""
        objects = self._objects(request.collection, context)
        which = [uuid for uuid, one in objects.items() if _passes(request.filters, uuid, one[1])][:DELETED_AT_ONCE]
        for uuid in which:
            del objects[uuid]
        return batch_delete_pb2.BatchDeleteReply(matches=len(which), successful=len(which))

    def _create(self, body: Any) -> Answer:
        """Texts must be compared as a whole, or another contact's name would match by its parts."""
        if body["class"] in self.schemas:
            return 422, {"error": [{"message": f"class name {body['class']} already exists"}]}
        contact = next(one for one in body["properties"] if one["name"] == "contact")
        if contact["tokenization"] != "field" or not contact["indexFilterable"]:
            return 422, {"error": [{"message": "the stand-in wants the contact whole, and indexed"}]}
        for one in body["properties"]:  # as Weaviate completes them
            text = one["dataType"] == ["text"]
            one.update({"indexSearchable": text, "indexFilterable": True, "indexRangeFilters": False} | one)
        for one in body["vectorConfig"].values():
            one["vectorIndexConfig"] = HNSW | one["vectorIndexConfig"]
        self.schemas[body["class"]] = body
        self.collections[body["class"]] = {}
        return 200, body

    def _objects(self, name: str, context: grpc.ServicerContext) -> dict[UUID, Object]:
        self.open.wait(30)
        if dict(context.invocation_metadata()).get("authorization") != f"Bearer {KEY}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "anonymous access not enabled")
        if name not in self.collections:
            context.abort(grpc.StatusCode.UNKNOWN, f"could not find class {name} in schema")
        return self.collections[name]


def _vector(sent: Any) -> np.ndarray:
    return np.frombuffer(sent.vector_bytes, dtype="<f4")


def _passes(wanted: Any, uuid: UUID, properties: dict[str, Any]) -> bool:
    match wanted.operator:
        case base_pb2.Filters.OPERATOR_AND:
            return all(_passes(one, uuid, properties) for one in wanted.filters)
        case base_pb2.Filters.OPERATOR_EQUAL:
            return bool(properties[wanted.target.property] == wanted.value_text)
        case base_pb2.Filters.OPERATOR_CONTAINS_ANY if wanted.target.property == "_id":
            return str(uuid) in wanted.value_text_array.values
    raise NotImplementedError(str(wanted))


def _result(distance: float, uuid: UUID, properties: dict[str, Any]) -> Any:
    fields = {"memory": properties_pb2.Value(int_value=int(properties["memory"]))}
    return search_get_pb2.SearchResult(
        properties=search_get_pb2.PropertiesResult(non_ref_props=properties_pb2.Properties(fields=fields)),
        metadata=search_get_pb2.MetadataResult(
            id=str(uuid), id_as_bytes=uuid.bytes, distance=distance, distance_present=True
        ),
    )


@contextmanager
def weaviate() -> Iterator[tuple[str, str, Weaviate]]:
    """Its address, that of its gRPC, and what is in it."""
    standing_in = Weaviate()
    server = grpc.server(ThreadPoolExecutor(4))
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(standing_in, server)
    grpc_port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with served(standing_in.respond) as port:
            yield f"http://127.0.0.1:{port}", f"127.0.0.1:{grpc_port}", standing_in
    finally:
        server.stop(None)
