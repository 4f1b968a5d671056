"""The same searches by vectors alone, in other ways: HNSW with a filter by contact, and Qdrant's local mode.

Each way is asked for the 15 nearest of one contact; what is compared with is the exact answer. Qdrant's local mode is
Python that looks at every point, so that it is given a part: the contacts that are asked for, while they have no more
than `MOST` memories together, and others until there are as many.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from bench.report import Figures, percentile

MOST = 20_000  # memories in Qdrant
LIMIT = 15
NEAREST = f"SELECT id FROM memory_usermemory WHERE contact_id = %s ORDER BY embedding <=> %s::halfvec LIMIT {LIMIT}"
# The column takes vectors of any length, an index only of one.
HNSW = "CREATE INDEX ON memory_usermemory USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)"
BY_HNSW = NEAREST.replace("embedding <=>", "embedding::halfvec(384) <=>")
ONLY_HNSW = (
    "SET enable_sort = off", "SET enable_bitmapscan = off", "SET hnsw.iterative_scan = relaxed_order",
    "SET hnsw.max_scan_tuples = 20000",
)  # fmt: skip
ROWS = "SELECT contact_id, id, embedder, embedding::real[] FROM memory_usermemory WHERE contact_id = ANY(%s)"

Drawn = tuple[UUID, Any]  # a contact and a question's vector
Search = Callable[[UUID, Any], Awaitable[set[int]]]


@dataclass
class Way:
    """What one way took, in milliseconds, and the shares of the truly nearest that it found."""

    name: str
    memories: int
    contacts: int
    took: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    async def ask(self, search: Search, drawn: Iterable[Drawn], truth: Iterable[set[int]]) -> "Way":
        """One question after another."""
        for (contact, vector), nearest in zip(drawn, truth, strict=True):
            began = time.perf_counter()
            found = await search(contact, vector)
            self.took.append((time.perf_counter() - began) * 1000)
            self.right.append(len(found & nearest) / len(nearest))
        return self

    def line(self) -> str:
        """For the table."""
        sizes = f"{self.memories:>10,} {self.contacts:>9,} {len(self.took):>6}"
        times = f"{percentile(self.took, 0.5):>9.2f} {percentile(self.took, 0.95):>9.2f}"
        return f"  {self.name:<32} {sizes} {times} {sum(self.right) / len(self.right):>7.3f}"

    def figures(self, prefix: str) -> Figures:
        """As the report has them."""
        shares = {f"{prefix}_ms_p{share}": percentile(self.took, share / 100) for share in (50, 95)}
        return shares | {f"{prefix}_found": sum(self.right) / len(self.right)}


def beside(superuser_url: str, contacts: Sequence[UUID], sizes: Sequence[int], drawn: Sequence[Drawn]) -> Figures:
    """Ask all of them, print the table; the figures of HNSW and Qdrant. Leaves an index behind."""
    return asyncio.run(_beside(superuser_url, dict(zip(contacts, sizes, strict=True)), drawn))


async def _beside(superuser_url: str, sizes: dict[UUID, int], drawn: Sequence[Drawn]) -> Figures:
    async with await psycopg.AsyncConnection.connect(superuser_url, autocommit=True) as connection:

        async def exactly(contact: UUID, vector: Any, query: str = NEAREST) -> set[int]:
            rows = await connection.execute(query, [contact, _literal(vector)], prepare=True)
            return {row[0] for row in await rows.fetchall()}

        async def by_hnsw(contact: UUID, vector: Any) -> set[int]:
            return await exactly(contact, vector, BY_HNSW)

        truth = [await exactly(*one) for one in drawn]
        everybody = sum(sizes.values()), len(sizes)
        exact = await Way("pgvector, exact in the contact", *everybody).ask(exactly, drawn, truth)
        some = _part(sizes, [contact for contact, _ in drawn])
        rows = await (await connection.execute(ROWS, [list(some)])).fetchall()
        await connection.execute(HNSW)
        for setting in ONLY_HNSW:
            await connection.execute(setting)
        hnsw = await Way("pgvector, HNSW with a filter", *everybody).ask(by_hnsw, drawn, truth)
    asked = [place for place, (contact, _) in enumerate(drawn) if contact in some]
    qdrant = await _qdrant(rows, [drawn[place] for place in asked], [truth[place] for place in asked])
    print(
        f"\nThe {LIMIT} nearest of a contact, by vectors alone; ms, and the share of the truly nearest that was found:"
    )
    print(f"  {'':<32} {'memories':>10} {'contacts':>9} {'asked':>6} {'p50':>9} {'p95':>9} {'found':>7}")
    print("\n".join(way.line() for way in (exact, hnsw, qdrant)))
    return hnsw.figures("hnsw") | qdrant.figures("qdrant_local") | {"qdrant_local_memories": float(len(rows))}


async def _qdrant(rows: Sequence[Any], drawn: Sequence[Drawn], truth: Sequence[set[int]]) -> Way:
    from memory.stores import Entry
    from memory.stores.qdrant import QdrantStore

    store = QdrantStore(location=":memory:")
    own: dict[UUID, list[Entry]] = {}
    for contact, memory, embedder, vector in rows:
        own.setdefault(contact, []).append(Entry(memory, np.asarray(vector, dtype=np.float32), embedder))
    for contact, entries in own.items():
        await store.keep(contact, entries)
    name = next(iter(own.values()))[0].embedder

    async def search(contact: UUID, vector: Any) -> set[int]:
        return set(await store.nearest(contact, vector, name, LIMIT))

    return await Way("Qdrant, local mode, with a filter", len(rows), len(own)).ask(search, drawn, truth)


def _part(sizes: dict[UUID, int], asked: Sequence[UUID]) -> set[UUID]:
    """Those that are asked for first, as far as there is room."""
    chosen, room = set[UUID](), MOST
    for contact in dict.fromkeys([*asked, *sizes]):
        if sizes[contact] <= room:
            chosen.add(contact)
            room -= sizes[contact]
    return chosen


def _literal(vector: Any) -> str:
    return "[" + ",".join(f"{x:.5f}" for x in vector) + "]"
