"""What every API view shares: bearer token, origin, size, and errors as JSON."""

import functools
import logging
from collections.abc import Callable, Coroutine
from math import ceil
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations.errors import Refused, foreign_origin, internal
from conversations.origins import may_talk, own_origin
from conversations.session import Visitor, visitor_of
from people.addresses import client_address

log = logging.getLogger(__name__)
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
AWAY = Refused("busy", "The service is not reachable at the moment. Please try again in a few seconds.", status=503)


def api(method: str) -> Callable[[View], View]:
    """An API view for one method: no cookies are read (so no CSRF), errors become JSON, browsers get CORS headers."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        async def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method == "OPTIONS":
                return _cors(request, HttpResponse(status=204))
            if request.method != method:
                return _cors(request, JsonResponse(Refused("bad_method", f"Use {method}.").frame(), status=405))
            return _cors(request, await _guarded(view, request, kwargs))

        return wrapped

    return decorate


async def _guarded(view: View, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponseBase:
    try:
        return await view(request, **kwargs)
    except Refused as refused:
        return refusal(refused)
    except (OperationalError, PoolTimeout, RedisError, OSError) as error:
        log.warning("An API call met %s", type(error).__name__)
        return JsonResponse(AWAY.frame(), status=503)
    except Exception:
        log.exception("An API call met a fault")
        return JsonResponse(internal().frame(), status=500)


def refusal(refused: Refused, ref: object = None) -> JsonResponse:
    """The error frame, with Retry-After where waiting helps."""
    wait = {} if refused.wait is None else {"Retry-After": str(max(1, ceil(refused.wait)))}
    return JsonResponse(refused.frame(ref), status=refused.status, headers=wait)


async def visitor_from(request: HttpRequest, conversation: UUID | None = None) -> Visitor:
    """The contact behind the bearer token, whose page may talk to us. Raises Refused."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    visitor = await visitor_of(token if scheme.lower() == "bearer" else "", address_of(request))
    await check_origin(request, visitor.session.site_id)
    if conversation:
        await visitor.check_conversation(conversation)
    return visitor


async def check_origin(request: HttpRequest, site_id: int) -> None:
    """Raise Refused when a browser says that the page is of a foreign origin."""
    origin = request.headers.get("Origin", "")
    if not await may_talk(origin, own_origin(request.scheme or "http", request.get_host()), site_id):
        raise foreign_origin(origin)


def address_of(request: HttpRequest) -> str:
    """The client's address."""
    return client_address(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def body_text(request: HttpRequest, most: int) -> str:
    """The body as text. Raises Refused: too large, or not UTF-8."""
    if int(request.headers.get("Content-Length") or 0) > most or len(request.body) > most:
        raise Refused("too_large", f"The body may have {most} bytes at most.", status=413)
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise Refused("bad_frame", "The body is not UTF-8 text. Send JSON.") from None


def _cors(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Let scripts read the answer, refusals included. The token in the header is what opens doors, not the origin."""
    if request.headers.get("Origin"):
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["Access-Control-Max-Age"] = "600"
        response["Vary"] = "Origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
