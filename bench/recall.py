"""Time of a recall among many memories, in a table kept in contact order, inside the contact's scope.

`memory.recall.recall` with its defaults is called at random moments (open arrivals), for contacts drawn by their
number of memories, with questions out of the demo's articles; a time counts from the moment at which the question came,
so that waiting counts as well. Measured with a vector that is there, then with embedding, then while others write.
`--beside` adds a table: pgvector's HNSW with a filter, and Qdrant's local mode. The vectors' cosines spread as MiniLM's
do.
"""

import argparse
import asyncio
import random
import time
from bisect import bisect
from collections.abc import Awaitable, Callable
from itertools import accumulate
from typing import Any

import psycopg

from bench import memories
from bench.report import Figures, percentile
from bench.trace import arrivals
from bench.usage import Spent, loop_ms, spent

SETTINGS = ("shared_buffers=2GB", "max_wal_size=8GB", "maintenance_work_mem=1GB")
WARM = 300  # recalls before the clock runs
WRITES, TOGETHER = 500, 25  # memories written a second, and in one transaction
INSERT = """
INSERT INTO memory_usermemory (contact_id, kind, subject, text, confidence, importance, origin, embedding, embedder)
VALUES (%s, 'fact', '', %s, 1, 0.5, 'model', %s::halfvec, %s)
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Sizes."""
    command.add_argument("--memories", type=int, default=100_000, help="the issue's figure: 1000000")
    command.add_argument("--contacts", type=int, help="unset: a tenth as many as memories")
    command.add_argument("--rate", type=float, default=100, help="recalls a second")
    command.add_argument("--seconds", type=float, default=15, help="of each measurement")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--beside", action="store_true", help="also HNSW (slow to build) and Qdrant")


def run(options: argparse.Namespace) -> Figures:
    """Start Postgres, fill it, measure, stop it."""
    from bench.database import running_postgres

    with running_postgres(*SETTINGS) as postgres:
        from memory.embedding import embedder

        site, began = _site(), time.monotonic()
        contacts = options.contacts or options.memories // 10
        crowd = memories.fill(
            postgres.superuser_url, options.memories, contacts, site=site, embedder=embedder().name, seed=options.seed
        )
        print(f"{crowd.distribution()}; written in {time.monotonic() - began:.0f} s")
        _in_order(postgres.superuser_url)
        one = Bench(crowd, site, options, postgres._process.pid)  # noqa: SLF001 - only measured
        found = asyncio.run(one.measure())
        found["loop_ms"] = loop_ms()
        return found | (one.beside(postgres.superuser_url) if options.beside else {})


class Bench:
    """Questions at random moments."""

    def __init__(self, crowd: memories.Crowd, site: int, options: argparse.Namespace, postgres: int) -> None:
        self.crowd, self.site, self.options = crowd, site, options
        self._postgres = postgres
        self._chance = random.Random(options.seed + 1)
        self._sums = list(accumulate(crowd.sizes))
        self._words = memories.vocabulary()
        self._vectors = memories.vectors(options.seed, 500)

    async def measure(self) -> Figures:
        """The three measurements, one after another."""
        from memory.embedding import embedder
        from parley import pools
        from parley.memory_use import settle_down

        async with pools.resources():
            for _ in range(WARM):
                await self._recall()
            await asyncio.to_thread(embedder().warm_up)
            settle_down()  # as workers do
            found = await self._timed("recall", self._recall)
            found |= await self._timed("recall_with_embedding", self._embed_and_recall)
            over = asyncio.Event()
            writing = asyncio.create_task(self._write(over))
            found |= await self._timed("recall_while_writing", self._recall)
            over.set()
            await writing
            await self._explain()
        return found

    def _contact(self) -> Any:
        """Drawn by the number of memories."""
        return self.crowd.contacts[bisect(self._sums, self._chance.randrange(self._sums[-1]))]

    def _question(self) -> str:
        return f"What did I say about {memories.sentence(self._words, self._chance)}?"[:80]

    async def _recall(self, vector: Any = None) -> None:
        from memory.recall import recall

        question = self._question()
        vector = self._vectors[self._chance.randrange(500)] if vector is None else vector
        recalled = await recall(self._contact(), question, vector, site_id=self.site)
        if "away" in recalled.note:
            raise RuntimeError(recalled.note["away"])

    async def _embed_and_recall(self) -> None:
        from memory.embedding import embedder

        await self._recall((await embedder().aembed([self._question()]))[0])

    async def _timed(self, name: str, ask: Callable[[], Awaitable[None]]) -> Figures:
        """Open arrivals: each is asked at its moment, whatever is under way."""
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.1
        took: list[float] = []

        async def one(at: float) -> None:
            await ask()
            took.append((loop.time() - began - at) * 1000)

        before = self._spent()
        async with asyncio.TaskGroup() as asked:
            for at, _ in arrivals(self.options.rate, self.options.seconds, self.options.seed):
                await asyncio.sleep(began + at - loop.time())
                asked.create_task(one(at))
        cpu = {f"{name}_{who}_cpu_ms": (now - before[who]) / len(took) for who, now in self._spent().items()}
        return {f"{name}_ms_p{share}": percentile(took, share / 100) for share in (50, 95, 99)} | cpu

    def _spent(self) -> Spent:
        """Of this process alone, and of Postgres, which is its child."""
        return {"client": 1000 * time.process_time(), **spent({"postgres": [self._postgres]})}

    async def _write(self, over: asyncio.Event) -> None:
        """New memories at an even rate, for contacts drawn as those who ask, until it is over: cancelled in the middle
        of a statement psycopg may wait for ever.
        """
        from memory.embedding import embedder
        from parley import pools

        pause, name = TOGETHER / WRITES, embedder().name
        literals = ["[" + ",".join(f"{x:.5f}" for x in vector) + "]" for vector in self._vectors[:100]]
        async with await psycopg.AsyncConnection.connect(pools.postgres_dsn()) as connection:
            due = time.monotonic()
            while not over.is_set():
                rows = [
                    (self._contact(), memories.sentence(self._words, self._chance), self._chance.choice(literals), name)
                    for _ in range(TOGETHER)
                ]
                await connection.execute("SELECT set_config('parley.staff', 'on', true)")
                await connection.cursor().executemany(INSERT, rows)
                await connection.commit()
                due += pause
                await asyncio.sleep(max(due - time.monotonic(), 0))

    async def _explain(self) -> None:
        """The plan for the heaviest contact."""
        from django.utils import timezone

        from memory.recall.search import parameters_of
        from memory.recall.sql import columns, numbered, statement
        from memory.recall.trip import exchange
        from memory.recall.weights import DEFAULT
        from memory.scope import scope_of
        from parley.pools import postgres

        contact, question = self.crowd.contacts[0], self._question()
        values = parameters_of(contact, question, self._vectors[0], self.site, timezone.now(), DEFAULT)
        text, names = numbered("EXPLAIN (ANALYZE, COSTS OFF) " + statement("memories", columns(question)))
        async with (await postgres()).connection() as connection:
            asked = [scope_of(contact), (text, [values[name] for name in names])]
            _, plan = await exchange(connection, asked)
        print("The plan for the heaviest contact:")
        print("\n".join(f"  {row[0][:150]}" for row in plan))

    def beside(self, superuser_url: str) -> Figures:
        """The same contacts in other ways."""
        from bench.recall_beside import beside

        drawn = [(self._contact(), self._vectors[self._chance.randrange(500)]) for _ in range(100)]
        return beside(superuser_url, self.crowd.contacts, self.crowd.sizes, drawn)


def _site() -> int:
    from people.models import Site

    return Site.objects.create(key="bench", name="Bench").pk


def _in_order(superuser_url: str) -> None:
    """As `manage.py order_memories` does."""
    began = time.monotonic()
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("CLUSTER memory_usermemory USING memory_of_contact")
        connection.execute("VACUUM ANALYZE memory_usermemory")
    print(f"put in contact order in {time.monotonic() - began:.0f} s")
