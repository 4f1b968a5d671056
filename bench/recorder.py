"""A process that records conversations, or decides about them: `python -m bench.recorder`. Orders (see bench.orders):

    {"record": [[seconds, conversation, site, audience, n, kind, reason], …]}  → {"recorded": n, "late": seconds}
    {"decide": conversations}  → {"seconds": n} when so many are decided, as the leader does once a second
    {"check": {conversation: [[n, kind, process], …]}}                         → see `_check`

Records go the product's way: through the buffer and the writer's thread of this process. Their data say which they are.
"""

import asyncio
import random
import time
from typing import Any
from uuid import UUID

from bench.orders import Order, serve

PATIENCE = 900.0  # seconds


async def carry_out(order: Order) -> Order:
    """One order."""
    if "record" in order:
        return await _record(order["record"])
    if "decide" in order:
        return await asyncio.to_thread(_decide, order["decide"])
    return await asyncio.to_thread(_check, order["check"])


async def _record(plan: list[list[Any]]) -> Order:
    from observability.logs import Reason, record, troubled
    from observability.logs.buffer import buffer

    began, recorded, late = time.monotonic(), 0, 0.0
    for at, conversation, site, audience, number, kind, reason in plan:
        if (left := began + at - time.monotonic()) > 0.002:
            await asyncio.sleep(left)
        late = max(late, -left)
        if kind:
            data = told(conversation, number)
            record(UUID(conversation), kind, data, turn=number // 10, site=site, audience=audience)
            recorded += 1
        if reason:
            troubled(UUID(conversation), Reason(reason))
    while buffer.waiting:  # noqa: ASYNC110 - the writer is a thread
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    return {"recorded": recorded, "late": late}


def told(conversation: str, number: int) -> dict[str, Any]:
    """The data of a record: some of them are long, none is another's."""
    chance = random.Random(f"{conversation} {number}")
    words = chance.choices(WORDS, k=chance.choice((5, 20, 60, 400)))
    return {"n": number, "of": conversation[:8], "text": " ".join(words)}


def _decide(conversations: int) -> Order:
    from django.db import connections
    from django.db.models import Sum

    from observability.logs.deciding import decide_due
    from observability.models import HeldLog, LogTally

    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        decide_due()
        decided = LogTally.objects.aggregate(all=Sum("conversations"))["all"] or 0
        if decided >= conversations and not HeldLog.objects.exists():
            break
        time.sleep(1)
    time.sleep(5)
    decide_due()
    connections.close_all()
    return {"seconds": time.monotonic() - began}


def _check(expected: dict[str, list[list[Any]]]) -> Order:
    """Each troubled conversation's records against what was recorded: nothing missing, nothing else, each as it was
    told, each process's in its order. Those that are not complete, with why.
    """
    from observability.models import LoggedConversation, LogRecord

    logged = {str(pk) for pk in LoggedConversation.objects.values_list("pk", flat=True)}
    broken = {}
    for conversation, records in expected.items():
        rows = LogRecord.objects.filter(conversation=conversation).order_by("at", "number")
        found = [(row.content, row.kind) for row in rows]
        if why := _wrong(conversation, records, found, kept=conversation in logged):
            broken[conversation] = why
    return {"logged": sorted(logged), "broken": broken}


def _wrong(conversation: str, records: list[list[Any]], found: list[tuple[Any, str]], *, kept: bool) -> str:
    if not kept:
        return "not kept"
    numbers = [content["n"] for content, _ in found]
    if sorted(numbers) != sorted(number for number, _, _ in records):
        return f"{len(records)} recorded, {len(found)} kept"
    kinds = {number: kind for number, kind, _ in records}
    if any(content != told(conversation, content["n"]) or kind != kinds[content["n"]] for content, kind in found):
        return "changed"
    for process in {process for _, _, process in records}:
        own = [number for number, _, by in records if by == process]
        if [number for number in numbers if number in set(own)] != own:
            return "out of order"
    return ""


WORDS = (
    "delivery", "returns", "jacket", "rain", "pannier", "light", "bracket", "battery", "order",
    "number", "warranty", "zip", "size", "colour", "refund", "parcel", "address", "workshop",
    "opening", "hours", "voucher", "exchange", "strap", "buckle", "reflective", "waterproof", "litre",
    "rack", "mount", "charger", "cable",
)  # fmt: skip


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(serve(carry_out))
