"""What may come of a call."""

import asyncio
import time

from routing import breakers
from routing.breakers import Standing, State
from routing.providers import ErrorKind, ProviderError

DOWN = ProviderError(ErrorKind.SERVER, "The server failed.", status=500)
REFUSED_KEY = ProviderError(ErrorKind.AUTH, "The key is refused.", status=401)
LIMITED = ProviderError(ErrorKind.RATE_LIMITED, "Slow down.", status=429, retry_after=1)
MODEL = 7
OTHER = 8


async def standing(model: int = MODEL) -> Standing:
    return (await breakers.states([model]))[model]


async def fail(times: int = 5, error: ProviderError = DOWN, model: int = MODEL) -> None:
    for _ in range(times):
        await breakers.failed(model, error)


async def until(state: State, model: int = MODEL, deadline: float = 5.0) -> float:
    """Wait for the state; the seconds that it took."""
    start = time.monotonic()
    async with asyncio.timeout(deadline):
        while (await standing(model)).state is not state:  # noqa: ASYNC110 - Valkey's clock, not an event of ours
            await asyncio.sleep(0.005)
    return time.monotonic() - start
