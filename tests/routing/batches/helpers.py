"""Work to submit, and passes that do not wait for the time to come."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from parley.threads import in_database_thread as db
from routing.batches import BatchWork, run_batches
from routing.models import Batch, BatchItem, Model
from routing.providers import ChatMessage, ChatRequest, Vendor

PURPOSE = "test"
LABEL = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}

BOTH = pytest.mark.parametrize("vendor", list(Vendor), indirect=True)  # what differs from one to the other


class Killed(BaseException):
    """The process ends here."""


def work(model: Model, key: str = "a", text: str | None = None, **more: Any) -> BatchWork:
    """One request; its text is its key unless said otherwise."""
    messages = (ChatMessage("user", key if text is None else text),)
    request = ChatRequest(model="an old name", system="Be brief.", messages=messages, max_output_tokens=200)
    return BatchWork(PURPOSE, key, request, model.pk, **more)


def works(model: Model, count: int, **more: Any) -> list[BatchWork]:
    return [work(model, f"k{number}", **more) for number in range(count)]


def _hurry() -> None:
    past = timezone.now() - timedelta(seconds=1)
    BatchItem.objects.update(not_before=past)
    BatchItem.objects.filter(leased_until__isnull=False).update(leased_until=past)
    BatchItem.objects.filter(deliver_at__isnull=False).update(deliver_at=past)
    Batch.objects.filter(state__in=Batch.OPEN).update(poll_at=past, leased_until=past)


async def a_pass() -> None:
    """One pass, whatever was put off until later being due now: as after a long while."""
    await db(_hurry)
    await run_batches()


async def passes(count: int = 3) -> None:
    for _ in range(count):
        await a_pass()


async def items() -> list[BatchItem]:
    return await db(lambda: list(BatchItem.objects.order_by("pk")))


async def the_item() -> BatchItem:
    (item,) = await items()
    return item


async def batches() -> list[Batch]:
    return await db(lambda: list(Batch.objects.order_by("pk")))


async def kill(monkeypatch: Any, module: Any, name: str, *, after: bool = False) -> None:
    """Run a pass whose process is killed at this function: before it, or right after it has done its work."""
    real = getattr(module, name)

    def killed(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, killed)
        try:
            await a_pass()
        except Killed:
            return
    raise AssertionError(f"{name} was not reached")


__all__ = [
    "BOTH",
    "LABEL",
    "PURPOSE",
    "a_pass",
    "batches",
    "db",
    "items",
    "kill",
    "passes",
    "the_item",
    "work",
    "works",
]
