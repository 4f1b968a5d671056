"""Daphne's server, lighter for each open connection.

An idle websocket costs Daphne four empty deques of 760 bytes, in an `asyncio.Queue` that has one reader and mostly
nothing in it.
"""

import asyncio
from functools import partial
from typing import Any

from daphne.server import Server as DaphneServer


class Inbox:
    """Messages on their way to one application: what Daphne needs of `asyncio.Queue`, for one reader."""

    __slots__ = ("_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        """Add a message."""
        self._messages.append(message)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Any:
        """Take the oldest message, once there is one."""
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._messages.pop(0)


class Server(DaphneServer):
    """Daphne's, with an Inbox for each application."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Inbox | None:
        """Start an application for a connection; its inbox, or None when the connection has gone already."""
        if protocol not in self.connections:
            return None
        inbox = Inbox()
        scope.setdefault("asgi", {"version": "3.0"})
        running = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(running)
        return inbox
