"""Server-sent events (WHATWG HTML, section 9.2): the same frames, each with its cursor as the event's id."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse

from conversations.api.entry import api, visitor_from
from conversations.delivery.follow import follow
from conversations.errors import Refused
from conversations.live import live_connection
from conversations.session import Visitor

STILL_HERE_SECONDS = 15.0  # less than what proxies allow a silent response


@api("GET")
async def events(request: HttpRequest, conversation: UUID) -> StreamingHttpResponse:
    """Events after `Last-Event-ID` or `cursor`, then whatever comes, until the client goes."""
    visitor = await visitor_from(request, conversation)
    cursor = (request.headers.get("Last-Event-ID") or request.GET.get("cursor", ""))[:60]
    response = StreamingHttpResponse(_events(visitor, conversation, cursor), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"  # nginx would gather events otherwise
    return response


async def _events(visitor: Visitor, conversation: UUID, cursor: str) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    try:
        with live_connection(visitor, "events"):
            async for frames in follow(visitor, conversation, cursor, quiet=STILL_HERE_SECONDS):
                yield ("".join(f"id: {number}\ndata: {frame}\n\n" for number, frame in frames) or ": still here\n\n")
    except Refused as refused:
        yield f"data: {json.dumps(refused.frame())}\n\n"
