"""A worker's share of seeing turns, in a process of its own: `python -m bench.observed`. Orders (see bench.orders):

    {"carry": {"rate": n, "seconds": n, "seed": n}, "watched": true}  → {"turns": n, "loop": ms, "logs": ms, …}
    {"decide": true}                                                 → {"decided": n, "kept": n, "ms": ms}
    {"count": seed}    → what one turn adds: {"values": n, "spans": n, "prompt_characters": n}; the last order

Milliseconds are processor time of this process's threads: of the loop that carries the turns, of the thread that
writes logs, of the one that writes statistics and traces; and what deciding took.
"""

import asyncio
import random
import threading
import time
from typing import Any

from bench.orders import Order, serve

HALF_AN_HOUR = 1_800_000  # milliseconds
LAST_WRITES = 6.0  # seconds until all that waits was written: more than PARLEY_STATISTICS_SECONDS


async def carry_out(order: Order) -> Order:
    """One order."""
    if "count" in order:
        from bench.observed_turn import Material, counted

        return dict(await counted(Material(random.Random(order["count"])).turn()))
    if "decide" in order:
        return await asyncio.get_running_loop().run_in_executor(None, _decide)
    return await _carry(order["carry"], watched=bool(order["watched"]))


async def _carry(how: dict[str, Any], *, watched: bool) -> Order:
    from bench.observed_turn import Material, carried

    chance = random.Random(how["seed"])
    material = Material(chance)
    turns = [material.turn() for _ in range(int(how["rate"] * how["seconds"]))]
    before, began = _spent(), asyncio.get_running_loop().time()
    tasks, at = [], 0.0
    for turn in turns:
        at += chance.expovariate(how["rate"])
        await asyncio.sleep(max(began + at - asyncio.get_running_loop().time(), 0))
        tasks.append(asyncio.create_task(carried(turn, seen=watched)))
    await asyncio.gather(*tasks)
    await asyncio.sleep(LAST_WRITES)
    after = _spent()
    return {"turns": len(turns), **{name: after[name] - before.get(name, 0.0) for name in after}}


def _spent() -> dict[str, float]:
    """Milliseconds of processor time by thread: the loop's, the writers'."""
    clocks = {thread.name: time.pthread_getcpuclockid(thread.ident) for thread in threading.enumerate() if thread.ident}
    clocks["loop"] = time.pthread_getcpuclockid(threading.main_thread().ident or 0)
    return {name: 1000 * time.clock_gettime(clocks[name]) if name in clocks else 0.0 for name in THREADS}


THREADS = ("loop", "logs", "statistics")


def _decide() -> Order:
    """As the leader does, when half an hour has passed for what is held."""
    from django.db import connections

    from observability.logs.deciding import decide_due
    from observability.logs.scripts import DUE, client
    from observability.models import LoggedConversation

    redis = client()
    for conversation, due in redis.zscan_iter(DUE):
        redis.zadd(DUE, {conversation: due - HALF_AN_HOUR - 60_000}, xx=True)
    kept, began, decided = LoggedConversation.objects.count(), time.thread_time(), 0
    while (some := decide_due()) > 0:
        decided += some
    spent, kept = time.thread_time() - began, LoggedConversation.objects.count() - kept
    connections.close_all()
    return {"decided": decided, "kept": kept, "ms": 1000 * spent}


if __name__ == "__main__":
    import django

    django.setup()
    from parley.memory_use import settle_down
    from parley.pools import resources

    async def _main() -> None:
        async with resources():
            settle_down()
            await serve(carry_out)

    asyncio.run(_main())
