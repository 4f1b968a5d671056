"""Polling: what is new since a cursor, after at most some seconds."""

import asyncio
import math
from contextlib import aclosing
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from conversations.api.entry import api, visitor_from
from conversations.delivery.follow import Frames, follow
from conversations.errors import Refused
from conversations.live import live_connection

LONGEST_WAIT = 25.0
PATIENCE = 5.0  # seconds beyond it for Redis and Postgres to be back


@api("GET")
async def events(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The events after `cursor`; none when nothing came within `wait` seconds."""
    visitor, cursor = await visitor_from(request, conversation), request.GET.get("cursor", "")[:60]
    wait = _wait(request.GET.get("wait", "0"))
    with live_connection(visitor):
        # Without Redis or Postgres `follow` waits for them; this client asks again by itself.
        async with (
            asyncio.timeout(wait + PATIENCE),
            aclosing(follow(visitor, conversation, cursor, quiet=wait)) as following,
        ):
            news: Frames = await anext(following)
    newest = news[-1][0] if news else cursor
    body = f'{{"events":[{",".join(frame for _, frame in news)}],"cursor":"{_safe(newest)}"}}'
    return HttpResponse(body, content_type="application/json")


def _wait(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_WAIT:
        raise Refused("bad_value", f"`wait` is a number of seconds from 0 to {LONGEST_WAIT:.0f}.")
    return seconds


def _safe(cursor: str) -> str:
    return "".join(character for character in cursor if character.isalnum() or character == ":")
