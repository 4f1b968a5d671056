"""Answers to probes, before anything else looks at them.

A probe names the machine by its address, which ALLOWED_HOSTS does not know, and it needs no session.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from observability.prometheus.views import metrics
from parley.pools import resources
from parley.views import healthz, readyz

Probe = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
PROBES: dict[str, Probe] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


@sync_and_async_middleware
def answer_probes(following: Any) -> Any:
    """The outermost middleware."""
    if iscoroutinefunction(following):

        async def answered(request: HttpRequest) -> HttpResponseBase:
            probe = PROBES.get(request.path_info)
            return cast("HttpResponseBase", await (probe or following)(request))

        return answered

    def answered_in_thread(request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info)
        return cast("HttpResponseBase", async_to_sync(_alone)(probe, request) if probe else following(request))

    return answered_in_thread


async def _alone(probe: Probe, request: HttpRequest) -> HttpResponseBase:
    """In a loop of its own, which ends with it."""
    async with resources():
        return await probe(request)
