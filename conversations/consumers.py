"""The websocket: says who it is, then frames both ways. Everything else is delegated."""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from conversations import frames
from conversations.delivery.follow import follow
from conversations.errors import Refused, foreign_origin, internal
from conversations.fields import Frame, reference, uuid_field
from conversations.live import live_connection
from conversations.origins import may_talk, own_origin
from conversations.session import Visitor, visitor_of
from people.addresses import client_address

log = logging.getLogger(__name__)
HELLO_SECONDS = 10.0
CLOSE_CODES = {
    "bad_token": 4401,
    "foreign_origin": 4403,
    "no_conversation": 4404,
    "no_hello": 4408,
    "too_many_connections": 4409,
    "too_large": 4413,
}


class ConversationConsumer(AsyncWebsocketConsumer):
    """One client of one conversation."""

    visitor: Visitor | None = None
    conversation: UUID
    follower: "asyncio.Task[None] | None" = None
    waiter: "asyncio.TimerHandle | None" = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As Channels', for a consumer without a channel layer or Django's connections: no task around each `receive`,
        and no thread that closes old connections before each frame.
        """
        self.scope, self.base_send = scope, send
        with suppress(StopConsumer):
            while True:
                await self.dispatch(await receive())

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand a message of the server's to the method of its name."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Accept, and wait for `hello`: until then nothing is known and nothing is sent."""
        await self.accept()
        self.waiter = asyncio.get_running_loop().call_later(HELLO_SECONDS, self._no_hello)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Carry out one frame; a refusal is a reply like any other."""
        ref: Any = None
        try:
            frame = frames.parse(text_data if text_data is not None else bytes_data)
            ref = reference(frame)
            if self.visitor is None:
                await self._hello(frame)
            else:
                await self._reply(await frames.carry_out(self.visitor, self.conversation, frame))
        except Refused as refused:
            await self._refuse(refused, ref)
        except (OperationalError, PoolTimeout, RedisError, OSError) as error:
            log.warning("A frame met %s", type(error).__name__)
            busy = Refused(
                "busy", "The service is not reachable at the moment. Your message is kept; it is sent again."
            )
            await self._reply(busy.frame(ref))
        except Exception:
            log.exception("A frame met a fault")
            await self._reply(internal().frame(ref))

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - Channels passes it by name
        """Stop following."""
        if self.waiter:
            self.waiter.cancel()
        if self.follower:
            self.follower.cancel()
            await asyncio.gather(self.follower, return_exceptions=True)

    async def _hello(self, frame: Frame) -> None:
        if frame["type"] != "hello":
            raise Refused("no_hello", "Say `hello` first, with your token and conversation.", status=401)
        visitor = await visitor_of(frame.get("token"), self._address())
        await self._check_origin(visitor)
        conversation = uuid_field(frame, "conversation")
        await visitor.check_conversation(conversation)
        if self.waiter:
            self.waiter.cancel()
        self.visitor, self.conversation = visitor, conversation
        self.follower = asyncio.create_task(self._follow(str(frame.get("cursor") or "")[:60]))

    async def _follow(self, cursor: str) -> None:
        assert self.visitor
        try:
            with live_connection(self.visitor, "websocket"):
                async for news in follow(self.visitor, self.conversation, cursor):
                    for _, frame in news:
                        await self.send(text_data=frame)
        except Refused as refused:
            await self._refuse(refused, None)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("A follower ended; its client connects again")
            await self.close(code=1011)

    async def _check_origin(self, visitor: Visitor) -> None:
        origin = self._header(b"origin")
        if not await may_talk(origin, self._own_origin(), visitor.session.site_id):
            raise foreign_origin(origin)

    def _own_origin(self) -> str:
        host = self._header(b"host")
        if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
            return ""  # a name that is not ours vouches for no page
        forwarded = self._header(b"x-forwarded-proto") if settings.TRUSTED_PROXIES else ""
        return own_origin(forwarded or self.scope.get("scheme", "ws"), host)

    def _header(self, name: bytes) -> str:
        return str(dict(self.scope["headers"]).get(name, b"").decode("latin-1"))

    def _address(self) -> str:
        return client_address((self.scope.get("client") or [""])[0], self._header(b"x-forwarded-for"))

    def _no_hello(self) -> None:
        if self.visitor is None:
            self.waiter = None
            refusal = Refused("no_hello", f"No `hello` came within {HELLO_SECONDS:.0f} seconds.")
            self.follower = asyncio.ensure_future(self._refuse(refusal, None))

    async def _refuse(self, refused: Refused, ref: Any) -> None:
        await self._reply(refused.frame(ref))
        if code := CLOSE_CODES.get(refused.code):
            await self.close(code=code)

    async def _reply(self, frame: Frame) -> None:
        await self.send(text_data=json.dumps(frame, separators=(",", ":")))
