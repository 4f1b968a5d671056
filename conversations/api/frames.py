"""One frame by POST: how clients without a websocket send."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse

from conversations import frames
from conversations.api.entry import api, body_text, refusal, visitor_from
from conversations.errors import Refused
from conversations.fields import reference


@api("POST")
async def receive(request: HttpRequest, conversation: UUID) -> JsonResponse:
    """Carry out the frame in the body; the reply frame. 202 for an `ack`: the answer comes later."""
    visitor = await visitor_from(request)
    frame = frames.parse(body_text(request, frames.MOST_BYTES))
    try:
        reply = await frames.carry_out(visitor, conversation, frame)
    except Refused as refused:
        return refusal(refused, reference(frame))
    return JsonResponse(reply, status=202 if reply["type"] == "ack" else 200)
