"""The data plane of one serverless index (docs.pinecone.io, API 2026-07): upsert, query, delete, namespaces."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from tests.memory.standins.http import Answer, served

KEY = "pcsk_of-the-stand-in"
Record = tuple[np.ndarray, dict[str, Any]]


class Index:
    """By cosine, of so many dimensions. Clear `open` to let every request wait."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions, self.namespaces = dimensions, dict[str, dict[str, Record]]()
        self.open = threading.Event()
        self.open.set()

    def respond(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """Status and JSON."""
        self.open.wait(30)
        parts = urlsplit(path)
        if headers.get("api-key") != KEY:
            return 401, {"code": 16, "message": "Invalid API Key"}
        match method, parts.path:
            case "POST", "/vectors/upsert":
                return self._upsert(body)
            case "POST", "/query":
                return self._query(body)
            case "POST", "/vectors/delete":
                return self._delete(body)
            case "GET", "/namespaces":
                return self._listed(parse_qs(parts.query))
            case "DELETE", _ if parts.path.startswith("/namespaces/"):
                gone = self.namespaces.pop(unquote(parts.path.removeprefix("/namespaces/")), None)
                return (404, {"code": 5, "message": "Namespace not found"}) if gone is None else (202, {})
        return 404, {"code": 5, "message": f"{method} {parts.path} is not here"}

    def _upsert(self, body: Any) -> Answer:
        if len(body["vectors"]) > 1000:
            return 400, {"code": 3, "message": "1000 vectors at most"}
        if any(len(vector["values"]) != self.dimensions for vector in body["vectors"]):
            return 400, {"code": 3, "message": f"Vector dimension does not match the index's {self.dimensions}"}
        space = self.namespaces.setdefault(body.get("namespace", ""), {})
        for vector in body["vectors"]:
            space[vector["id"]] = (np.asarray(vector["values"], dtype=np.float32), vector["metadata"])
        return 200, {"upsertedCount": len(body["vectors"])}

    def _query(self, body: Any) -> Answer:
        wanted = np.asarray(body["vector"], dtype=np.float32)
        if wanted.size != self.dimensions:
            return 400, {"code": 3, "message": f"Vector dimension does not match the index's {self.dimensions}"}
        space = self.namespaces.get(body.get("namespace", ""), {})
        scores = [
            {"id": number, "score": float(wanted @ vector / np.linalg.norm(wanted) / np.linalg.norm(vector))}
            for number, (vector, metadata) in space.items()
            if _passes(body.get("filter"), metadata)
        ]
        best = sorted(scores, key=lambda match: -match["score"])[: body["topK"]]
        return 200, {"matches": best, "namespace": body.get("namespace", ""), "usage": {"readUnits": 1}}

    def _delete(self, body: Any) -> Answer:
        if body["namespace"] not in self.namespaces:
            return 404, {"code": 5, "message": "Namespace not found"}
        space = self.namespaces[body["namespace"]]
        which = body.get("ids") or [number for number, one in space.items() if _passes(body.get("filter"), one[1])]
        if len(which) > 1000 and "ids" in body:
            return 400, {"code": 3, "message": "1000 ids at most"}
        for number in which:
            space.pop(number, None)
        return 200, {}

    def _listed(self, query: dict[str, list[str]]) -> Answer:
        """A page at a time, in order; the token is the last name seen."""
        after, limit = query.get("paginationToken", [""])[0], int(query.get("limit", ["100"])[0])
        names = sorted(name for name in self.namespaces if name > after)
        page = [{"name": name, "record_count": len(self.namespaces[name])} for name in names[:limit]]
        return 200, {"namespaces": page} | ({"pagination": {"next": names[limit - 1]}} if names[limit:] else {})


def _passes(wanted: Any, metadata: dict[str, Any]) -> bool:
    return all(metadata.get(name) == condition["$eq"] for name, condition in (wanted or {}).items())


@contextmanager
def pinecone(dimensions: int) -> Iterator[tuple[str, Index]]:
    """Its address, and what is in it."""
    index = Index(dimensions)
    with served(index.respond) as port:
        yield f"http://localhost:{port}", index
