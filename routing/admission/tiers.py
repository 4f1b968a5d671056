"""Which limits are in force: read from Postgres at most once a second, so that a change works within seconds."""

import asyncio
import logging
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError

from parley.threads import in_database_thread
from routing.admission.types import Tier
from routing.models import Model, RateTier
from routing.providers.types import Vendor

log = logging.getLogger(__name__)
FRESH_SECONDS = 1.0


@dataclass(frozen=True)
class Book:
    """Every tier: of models that have one, of providers that share one, and of models without any."""

    own: dict[int, Tier]
    shared: dict[int, Tier]
    free: dict[int, Tier]
    by_key: dict[str, Tier]

    def of(self, model: int, provider: int) -> Tier:
        """The tier in force for a model."""
        return self.own.get(model) or self.shared.get(provider) or self.free.get(model) or Tier(f"m{model}")


_book: tuple[float, Book] | None = None
_reading: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[Book]] = weakref.WeakKeyDictionary()


async def tiers_for(models: Sequence[tuple[int, int]]) -> dict[int, Tier]:
    """The tier of each (model, provider): its own, else its provider's, else one without limits.

    While Postgres is away the last ones read stay in force; raises DatabaseError when there are none.
    """
    book = await _current()
    return {model: book.of(model, provider) for model, provider in models}


async def all_tiers() -> list[Tier]:
    """Every tier that may have a line."""
    return list((await _current()).by_key.values())


async def tier_named(key: str) -> Tier:
    """The tier with this key; one without limits when it was deleted."""
    return (await _current()).by_key.get(key) or Tier(key)


async def is_known(key: str) -> bool:
    """Whether the tier still exists."""
    return key in (await _current()).by_key


def forget() -> None:
    """Read again at the next question."""
    global _book  # noqa: PLW0603 - one for each process
    _book = None


async def _current() -> Book:
    if _book and time.monotonic() - _book[0] < FRESH_SECONDS:
        return _book[1]
    loop = asyncio.get_running_loop()
    if (reading := _reading.get(loop)) is None or reading.done():  # one for all who ask
        reading = _reading[loop] = loop.create_task(_read_again())
    return await asyncio.shield(reading)


async def _read_again() -> Book:
    global _book  # noqa: PLW0603 - one for each process
    try:
        book = await in_database_thread(read)
    except DatabaseError:
        if _book is None:
            raise
        log.warning("Rate tiers could not be read: the last ones stay in force", exc_info=True)
        book = _book[1]
    _book = time.monotonic(), book
    return book


def read() -> Book:
    """What Postgres holds now. Blocking."""
    own, shared = {}, {}
    for row in RateTier.objects.select_related("provider"):
        tier = tier_of(row)
        if row.model_id is None:
            shared[row.provider_id] = tier
        else:
            own[row.model_id] = tier
    models = Model.objects.values_list("pk", "provider_id")
    free = {pk: Tier(f"m{pk}") for pk, provider in models if pk not in own and provider not in shared}
    found = (*own.values(), *shared.values(), *free.values())
    return Book(own, shared, free, {tier.key: tier for tier in found})


def tier_of(row: RateTier) -> Tier:
    """A row's limits as plain values."""
    return Tier(
        key=f"t{row.pk}",
        requests=row.requests_per_minute,
        input_tokens=row.input_tokens_per_minute,
        output_tokens=row.output_tokens_per_minute,
        tokens=row.tokens_per_minute,
        concurrency=row.concurrency,
        burst_seconds=row.burst_seconds,
        reserve_most=row.reserve == RateTier.Reserve.MOST,
        cached_is_free=row.provider.vendor == Vendor.ANTHROPIC,
        fall_over_seconds=row.fall_over_seconds,
        late_seconds=row.late_seconds,
    )
