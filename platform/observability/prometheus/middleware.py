"""Counts requests by the name of their address, never by what was asked for: strangers choose addresses.

django_prometheus's own middleware is synchronous: under ASGI its hooks cost a thread's round trip each.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import uuid4

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from observability.prometheus.registry import request_seconds, responses
from parley.log_context import bound

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Answer = Callable[[HttpRequest], HttpResponseBase]
AsyncAnswer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def count_requests(following: Any) -> Any:
    """The outermost middleware. It also gives each request an id, which its lines in the log carry."""
    if iscoroutinefunction(following):

        async def counted(request: HttpRequest) -> HttpResponseBase:
            with _counting(request) as done:
                response = done[0] = await cast("AsyncAnswer", following)(request)
            return response

        return counted

    def counted_in_thread(request: HttpRequest) -> HttpResponseBase:
        with _counting(request) as done:
            response = done[0] = cast("Answer", following)(request)
        return response

    return counted_in_thread


@contextmanager
def _counting(request: HttpRequest) -> Iterator[list[Any]]:
    """Measured until the head of the response, which is put into the list: a stream of events may last for hours."""
    began, done = time.monotonic(), [None]
    with bound(request=uuid4().hex[:12]):
        yield done
    view, method = _view(request), request.method if request.method in METHODS else "other"
    request_seconds.labels(view, method).observe(time.monotonic() - began)
    responses.labels(view, method, getattr(done[0], "status_code", 500)).inc()


def _view(request: HttpRequest) -> str:
    found: Any = request.resolver_match
    return (found.view_name or "unnamed") if found else "none"
