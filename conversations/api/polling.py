"""Polling: what is new since a cursor, after at most some seconds."""

import asyncio
import math
from contextlib import aclosing
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from conversations.api.entry import AWAY, api, visitor_from
from conversations.delivery.follow import Frames, follow
from conversations.errors import Refused
from conversations.live import live_connection
from conversations.session import Visitor

LONGEST_WAIT = 25.0
GRACE = 5.0  # seconds for Redis to come back in
PATIENCE = 5.0  # seconds beyond it for Redis and Postgres to be back


@api("GET")
async def events(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The events after `cursor`; none when nothing came within `wait` seconds."""
    visitor, cursor = await visitor_from(request, conversation), request.GET.get("cursor", "")[:60]
    news = await _news(visitor, conversation, cursor, _wait(request.GET.get("wait", "0")))
    newest = news[-1][0] if news else cursor
    body = f'{{"events":[{",".join(frame for _, frame in news)}],"cursor":"{_safe(newest)}"}}'
    return HttpResponse(body, content_type="application/json")


async def _news(visitor: Visitor, conversation: UUID, cursor: str, wait: float) -> Frames:
    with live_connection(visitor):
        try:
            async with (
                asyncio.timeout(wait + GRACE),
                aclosing(follow(visitor, conversation, cursor, quiet=wait)) as news,
            ):
                return await anext(news)
        except TimeoutError:
            raise AWAY from None


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
