"""What is asked of the batches, and what comes back: plain values, and the rows behind them."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils import timezone

from parley.threads import in_database_thread
from routing.batches.replies import checker
from routing.batches.words import storable_json
from routing.models import BatchItem, Model
from routing.providers import ChatMessage, ChatRequest, Usage

MOST_BYTES = 4 * 2**20  # of one request; it must fit into any batch, beside others
DAY = 86_400.0
LONGEST = 30 * DAY
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class BatchWork:
    """One request that nobody waits for. The same purpose and key is the same request, however often submitted.

    deadline_seconds  the result is wanted within so long. With less than an hour it goes as an ordinary request, after
                      people's; with more, in a vendor's batch, which takes up to a day
    reply_schema      JSON schema of the reply, which is asked again when it does not fit; None: any text
    together          where no batch is possible, requests of the same purpose and the same `together` become one.
                      What stands in one of them can steer the reply to the others, so name here what may mix: a
                      contact, for requests with that contact's words. None: never combined
    """

    purpose: str
    key: str
    request: ChatRequest
    model_id: int
    deadline_seconds: float = DAY
    reply_schema: Mapping[str, Any] | None = None
    together: str | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one request. It may be delivered more than once: `item_id` is always the same.

    error   why there is no reply, for administrators; empty when there is one
    data    the reply read as JSON, when a schema was given; else None
    reason  as FinishReason: a reply without schema may have been cut ("length") or refused
    cost    dollars, of all tries
    """

    item_id: int
    purpose: str
    key: str
    error: str
    text: str
    data: Any
    reason: str
    usage: Usage | None
    cost: Decimal


async def submit(work: Sequence[BatchWork]) -> list[int]:
    """Keep requests, and return the ids of their items in the same order. See `enqueue`."""
    return await in_database_thread(enqueue, work)


def enqueue(work: Sequence[BatchWork]) -> list[int]:
    """The same for synchronous code: inside a transaction the requests are kept if that is committed.

    A purpose and key that are there already keep their first request. An item is forgotten 30 days after its result:
    then the same key is new. Raises ValueError for work that can never be done, and keeps none then.
    """
    rows = [_row(each) for each in work]
    _check_models({each.model_id for each in work})
    BatchItem.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)
    ids: dict[tuple[str, str], int] = {}
    for part in _parts(work):
        found = BatchItem.objects.filter(purpose__in={each.purpose for each in part}, key__in=[w.key for w in part])
        ids.update({(purpose, key): pk for pk, purpose, key in found.values_list("pk", "purpose", "key")})
    return [ids[each.purpose, each.key] for each in work]


async def withdraw(purpose: str, keys: Sequence[str]) -> int:
    """Forget requests and results, sent or not, delivered or not (a contact was erased). Returns how many."""
    items = BatchItem.objects.filter(purpose=purpose, key__in=list(keys))
    return (await in_database_thread(items.delete))[0]


def request_of(kept: Mapping[str, Any], model_name: str) -> ChatRequest:
    """The request that a row keeps, for the model as it is called now."""
    known = {each.name for each in fields(ChatRequest)}
    values = {name: value for name, value in kept.items() if name in known}
    messages = tuple(ChatMessage(message["role"], message["content"]) for message in values["messages"])
    return ChatRequest(**{**values, "messages": messages, "model": model_name})


def result_of(item: BatchItem) -> BatchResult:
    """What a finished row holds, for its handler."""
    failed = item.state == BatchItem.State.FAILED
    usage = None
    if item.input_tokens is not None and item.output_tokens is not None:
        usage = Usage(item.input_tokens, item.cached_input_tokens or 0, item.output_tokens)
    return BatchResult(
        item_id=item.pk,
        purpose=item.purpose,
        key=item.key,
        error=(item.error or "It failed.") if failed else "",
        text=item.text,
        data=json.loads(item.text) if item.reply_schema is not None and not failed else None,
        reason=item.finish_reason,
        usage=usage,
        cost=item.cost,
    )


def _row(work: BatchWork) -> BatchItem:
    request = storable_json(asdict(work.request))
    schema = None if work.reply_schema is None else dict(work.reply_schema)
    _check(work, size := len(json.dumps(request)))
    if schema is not None:
        checker(schema)
    return BatchItem(
        purpose=work.purpose,
        key=work.key,
        together=work.together,
        model_id=work.model_id,
        request=request,
        reply_schema=schema,
        size=size,
        wanted_by=timezone.now() + timedelta(seconds=work.deadline_seconds),
    )


def _check(work: BatchWork, size: int) -> None:
    for name, most in (("purpose", 100), ("key", 200)):
        if not 1 <= len(getattr(work, name)) <= most or "\x00" in getattr(work, name):
            raise ValueError(f"{name}: give a text of 1 to {most} characters, not {getattr(work, name)!r:.100}")
    if not math.isfinite(work.deadline_seconds) or not 0 < work.deadline_seconds <= LONGEST:
        raise ValueError(f"deadline_seconds: give seconds, at most 30 days, not {work.deadline_seconds}")
    if not work.request.messages or work.request.max_output_tokens < 1:
        raise ValueError(f"{work.key}: a request needs a message and at least one token to answer with")
    if size > MOST_BYTES:
        raise ValueError(f"{work.key}: the request has {size:,} bytes, more than {MOST_BYTES:,}: shorten it")


def _check_models(ids: set[int]) -> None:
    known = set(Model.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if missing := sorted(ids - known):
        raise ValueError(f"model_id: there is no model {', '.join(map(str, missing))}")


def _parts(work: Iterable[BatchWork]) -> Iterable[list[BatchWork]]:
    rest = iter(work)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
