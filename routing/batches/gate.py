"""The way of background requests to a provider: after people, and not to one that is down."""

import logging
import time
from contextlib import suppress

from redis.exceptions import RedisError

from routing import admission, breakers
from routing.models import Model
from routing.providers import ErrorKind, ProviderError, Usage, VendorLimits

log = logging.getLogger(__name__)
OURS = 10**18
"""Added to an item's id to name it in a tier: no turn has such a number."""

AFTER_EVERYBODY = 2.0**40
"""When it came, as the line counts: long after anybody who waits there."""


class Gate:
    """The leave to make one request. Ask `opens`; if it does, call exactly one of the others at the end."""

    def __init__(self, model: Model, item_id: int, need: admission.Need) -> None:
        self._model, self._number, self._need = model, OURS + item_id, need
        self._tier: admission.Tier | None = None
        self._began = time.monotonic()

    async def opens(self) -> bool:
        """Whether it may be made now: nobody waits for the model, its limits have room, and it is not known to be down.

        It never stands in line. While Redis is away nothing goes.
        """
        model = self._model
        if (await breakers.allowed([model.pk]))[model.pk] is not True:
            return False
        try:
            tier = (await admission.tiers_for([(model.pk, model.provider_id)]))[model.pk]
            answer = await admission.admit(tier, self._number, self._need, since=AFTER_EVERYBODY, join=False)
        except RedisError as error:
            log.debug("Background work waits for Redis: %s", type(error).__name__)
            answer = None
        if not isinstance(answer, admission.Admitted):
            await breakers.untried(model.pk)
            return False
        self._tier, self._began = tier, time.monotonic()
        return True

    async def told(self, limits: VendorLimits) -> None:
        """What the answer's headers say of the account's limits."""
        with suppress(RedisError):
            if self._tier is not None:
                await admission.told(self._tier, limits)

    async def answered(self, usage: Usage | None) -> None:
        """There is an answer."""
        await breakers.succeeded(self._model.pk)
        used = None if usage is None else (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens)
        seconds = time.monotonic() - self._began
        with suppress(RedisError):
            if self._tier is not None:
                await admission.settle(self._tier, self._number, usage=used, seconds=seconds)

    async def failed(self, error: ProviderError) -> None:
        """There is none."""
        await breakers.failed(self._model.pk, error)
        with suppress(RedisError):
            if self._tier is None:
                return
            if error.kind is ErrorKind.RATE_LIMITED:
                await admission.refused(self._tier, self._number, error.retry_after)
            else:
                await admission.abandon(self._tier, self._number)

    async def stopped(self) -> None:
        """It was not made, or broken off."""
        await breakers.untried(self._model.pk)
        with suppress(RedisError):
            if self._tier is not None:
                await admission.abandon(self._tier, self._number)
