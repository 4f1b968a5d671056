"""Items without a batch: ordinary requests, several small items in one where they may be together.

A request under way is a lease on its items. If its process is lost the items are asked again: it may be paid for twice,
its results are delivered as one.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone

from parley.threads import in_database_thread
from parley.tokens import tokens
from routing.admission import Need
from routing.batches import settling
from routing.batches.combining import Part, combined, divided, shares
from routing.batches.fates import Failure, of_error
from routing.batches.gate import Gate
from routing.batches.together import together
from routing.batches.vendors import Reply
from routing.batches.work import request_of
from routing.models import BatchItem, Model
from routing.providers import (
    ChatRequest,
    ErrorKind,
    Finished,
    FinishReason,
    ProviderConfig,
    ProviderError,
    TextDelta,
    Usage,
    failures,
    provider_for,
)
from routing.providers.types import Opened

AT_ONCE, MOST_IN_A_PASS = 8, 64
LEASE, PATIENCE = timedelta(minutes=6), 300.0  # seconds for one answer, well inside the lease
URGENT = timedelta(minutes=10)  # an item that is wanted so soon does not gather others
SMALL, MOST_TOGETHER, MOST_BYTES, MOST_OUTPUT = 8192, 20, 49_152, 8192
NOT_NOW = 3.0  # seconds until a request is tried again that people went before
NOT_IN_IT = Failure("The reply to several requests together held none to it.", counts=False, way=BatchItem.Way.ALONE)


@dataclass(frozen=True)
class Bundle:
    """Items that are ours to ask, in one request."""

    items: list[BatchItem]
    model: Model
    config: ProviderConfig
    leased_until: Any

    @property
    def parts(self) -> list[Part]:
        """Their requests."""
        return [Part(request_of(item.request, self.model.name), item.reply_schema) for item in self.items]

    @property
    def rows(self) -> "QuerySet[BatchItem]":
        """Their rows, as long as the lease is ours."""
        return BatchItem.objects.filter(
            pk__in=[item.pk for item in self.items], batch=None, leased_until=self.leased_until
        )


async def ask_due() -> None:
    """Make the requests that are due and that their tiers let through now, a few at once."""
    busy: set[int] = set()
    for _ in range(MOST_IN_A_PASS // AT_ONCE):
        bundles = await _claim_some(busy)
        went = await together(map(_ask, bundles))
        busy.update(bundle.model.pk for bundle, asked in zip(bundles, went, strict=True) if not asked)
        if len(bundles) < AT_ONCE:
            return


async def _claim_some(busy: set[int]) -> list[Bundle]:
    bundles: list[Bundle] = []
    while len(bundles) < AT_ONCE and (bundle := await in_database_thread(claim, busy)) is not None:
        bundles.append(bundle)
    return bundles


def claim(busy: Collection[int] = ()) -> Bundle | None:
    """Lease the oldest item that is due, not of busy models, with those that may be asked together with it."""
    with transaction.atomic():
        rows = (
            _due()
            .exclude(model_id__in=busy)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("model__provider")
        )
        head = next((item for item in rows.order_by("created_at", "pk")[:20] if _ready(item)), None)
        if head is None or head.model is None:
            return None
        items = [head, *_companions(head)]
        until = timezone.now() + LEASE
        sent = {"state": BatchItem.State.SENT, "leased_until": until, "attempts": F("attempts") + 1, "error": ""}
        BatchItem.objects.filter(pk__in=[item.pk for item in items]).update(**sent)
        return Bundle(items, head.model, head.model.provider.config(), until)


def _ready(item: BatchItem) -> bool:
    return item.model is not None and item.model.provider.ready


def _due() -> "QuerySet[BatchItem]":
    gathering = F("model__provider__batch_seconds") * Value(timedelta(seconds=1))
    gathered = Q(created_at__lte=Now() - ExpressionWrapper(gathering, output_field=DurationField()))
    at_once = Q(way=BatchItem.Way.ALONE) | Q(together=None) | Q(attempts__gt=0)
    in_a_hurry = Q(wanted_by__lte=timezone.now() + URGENT)
    waiting = BatchItem.objects.filter(state=BatchItem.State.WAITING, not_before__lte=Now())
    usable = waiting.filter(model__enabled=True, model__provider__enabled=True).exclude(way=BatchItem.Way.BATCH)
    return usable.filter(gathered | at_once | in_a_hurry)


def _companions(head: BatchItem) -> list[BatchItem]:
    """Small items that may be together with this one, as many as one request takes."""
    if head.together is None or head.way != BatchItem.Way.COMBINED or head.size > SMALL:
        return []
    alike = {"model": head.model, "purpose": head.purpose, "together": head.together, "way": head.way}
    waiting = BatchItem.objects.filter(state=BatchItem.State.WAITING, not_before__lte=Now(), size__lte=SMALL, **alike)
    rows = waiting.exclude(pk=head.pk).select_for_update(skip_locked=True).order_by("pk")[: MOST_TOGETHER - 1]
    chosen: list[BatchItem] = []
    size, output = head.size, head.request["max_output_tokens"]
    for item in rows:
        size, output = size + item.size, output + item.request["max_output_tokens"]
        if size > MOST_BYTES or output > MOST_OUTPUT:
            break
        chosen.append(item)
    return chosen


async def _ask(bundle: Bundle) -> bool:
    """Ask, and write down what came. Whether it could be asked at all."""
    parts = bundle.parts
    request = combined(parts) if len(parts) > 1 else parts[0].request
    gate = Gate(bundle.model, bundle.items[0].pk, _need(request))
    if not await gate.opens():
        await in_database_thread(settling.put_back, bundle.rows, NOT_NOW)
        return False
    try:
        reply = await _answer(bundle.config, request, gate)
    except ProviderError as error:
        await gate.failed(error)
        await _settle(bundle, dict.fromkeys(_ids(bundle), of_error(error, alone=len(parts) == 1)))
    except BaseException:
        await asyncio.shield(_give_back(bundle, gate))
        raise
    else:
        await gate.answered(reply.usage)
        await _settle(bundle, dict(zip(_ids(bundle), whats(reply, parts), strict=True)))
    return True


async def _give_back(bundle: Bundle, gate: Gate) -> None:
    """This process ends, or leads no more: the items wait again."""
    with suppress(Exception):
        await gate.stopped()
        await in_database_thread(settling.put_back, bundle.rows, 0.0)


def _need(request: ChatRequest) -> Need:
    asked = tokens(request.system) + sum(tokens(message.content) for message in request.messages)
    return Need(asked + 1, request.max_output_tokens)


def _ids(bundle: Bundle) -> list[int]:
    return [item.pk for item in bundle.items]


async def _settle(bundle: Bundle, found: dict[int, settling.What]) -> None:
    await in_database_thread(settling.settle, bundle.rows, found, None)


async def _answer(config: ProviderConfig, request: ChatRequest, gate: Gate) -> Reply:
    """The whole answer to one request. Raises ProviderError."""
    text: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE), provider_for(config).stream(request) as events:
            async for event in events:
                if isinstance(event, Opened):
                    await gate.told(event.limits)
                elif isinstance(event, TextDelta):
                    text.append(event.text)
                elif isinstance(event, Finished):
                    return Reply("".join(text), event.reason, event.usage)
    except TimeoutError:
        said = f"{failures.who(config)} did not come to the end of its answer within {PATIENCE:g} s."
        raise ProviderError(ErrorKind.TIMEOUT, said) from None
    raise failures.truncated(config)


def whats(reply: Reply, parts: list[Part]) -> list[settling.What]:
    """What a reply says to each part: all of it to the only one, else its share, and its share of what it cost."""
    if len(parts) == 1:
        return [reply]
    texts = divided(reply.text, parts)
    usages = _usages(reply.usage, parts, texts)
    found: list[settling.What] = []
    for text, usage in zip(texts, usages, strict=True):
        found.append(NOT_IN_IT if text is None else Reply(text, FinishReason.STOP, usage))
    return found


def _usages(usage: Usage | None, parts: list[Part], texts: list[str | None]) -> list[Usage | None]:
    """Tokens by the length of what was asked and said. Those without a reply are free: others bear their part."""
    if usage is None:
        return [None] * len(parts)
    asked = [0 if text is None else _need(part.request).input_tokens for part, text in zip(parts, texts, strict=True)]
    said = [len(text or "") for text in texts]
    inputs, cached = shares(usage.input_tokens, asked), shares(usage.cached_input_tokens, asked)
    each = zip(inputs, cached, shares(usage.output_tokens, said), strict=True)
    return [replace(usage, input_tokens=a, cached_input_tokens=b, output_tokens=c) for a, b, c in each]
