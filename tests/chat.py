"""A client of the widget's protocol (docs/protocol.md), for tests: websocket, server-sent events or polling.

    async with Chat(stack.web[0].url) as chat:
        await chat.open()
        await chat.connect("socket")
        ack = await chat.say("Where is my parcel?")
        answer = await chat.wait_for("answer", turn=ack["turn"])

It keeps its cursor over every connection, as the widget does, and holds the server to the protocol: `seen`
raises AssertionError at the first gap or repetition.
"""

import asyncio
import json
import time
import uuid
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx
import websockets

from tests.seen import Seen

Frame = dict[str, Any]
KINDS = ("socket", "stream", "poll")
PATIENCE = 30.0


class Refused(AssertionError):
    """The server answered with an error frame; `frame` is it."""

    def __init__(self, frame: Frame, status: int = 0) -> None:
        super().__init__(f"{frame} (status {status})")
        self.frame, self.status = frame, status


class Chat:
    """One tab of one visitor."""

    def __init__(self, base: str, site: str = "demo") -> None:
        self.base, self.site = base, site
        self.token = self.conversation = ""
        self.cursor: str | None = None
        self.events: list[Frame] = []  # numbered frames, over every connection
        self.errors: list[Frame] = []  # errors that answer no frame of ours
        self.seen = Seen()
        self.kind = ""
        self.close_code: int | None = None
        self._http = httpx.AsyncClient(timeout=40)
        self._socket: websockets.ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._replies: dict[str, asyncio.Future[Frame]] = {}
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.disconnect()
        await self._http.aclose()

    async def open(self, **fields: object) -> Frame:
        """A session: of the same contact and conversation where there was one. Raises Refused."""
        wanted = {
            "token": self.token or None,
            "contact_token": None,
            "conversation": self.conversation or None,
        }
        response = await self._http.post(f"{self.base}/api/v1/session", json={"site": self.site, **wanted, **fields})
        session = _body(response)
        self.token, self.conversation = session["token"], session["conversation"]
        return session

    async def another_tab(self, base: str = "") -> "Chat":
        """A second client of the same contact in the same conversation, which has seen nothing yet."""
        tab = Chat(base or self.base, self.site)
        tab.token, tab.conversation = self.token, self.conversation
        return tab

    # --- the three ways -----------------------------------------------------------------------------------
    async def connect(self, kind: str = "socket", base: str = "") -> None:
        """Be connected this way, from the cursor on; to another web process if `base` names it."""
        await self.disconnect()
        self.kind, self.base, self.close_code = kind, base or self.base, None
        if kind == "socket":
            await self._open_socket()
        reader = {"socket": self._read_socket, "stream": self._read_stream, "poll": self._read_polls}[kind]
        self._reader = asyncio.create_task(reader())

    async def disconnect(self) -> None:
        """Close whatever is open. The cursor stays. Raises what the reader met: a protocol error."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            with suppress(asyncio.CancelledError, OSError, httpx.HTTPError):
                await reader
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def _open_socket(self) -> None:
        address = self.base.replace("http", "ws", 1) + "/ws/v1/"
        self._socket = await websockets.connect(address, origin=self.base, proxy=None)  # type: ignore[arg-type]
        hello = {
            "type": "hello",
            "token": self.token,
            "conversation": self.conversation,
            "cursor": self.cursor,
        }
        await self._socket.send(json.dumps(hello))

    async def _read_socket(self) -> None:
        socket = self._socket
        assert socket is not None
        with suppress(websockets.ConnectionClosed):
            async for text in socket:
                await self._take(json.loads(text))
        self.close_code = socket.close_code
        await self._tell()

    async def _read_stream(self) -> None:
        address = f"{self.base}/api/v1/conversations/{self.conversation}/stream"
        options: dict[str, Any] = {"headers": self.headers, "params": self._where(), "timeout": None}
        async with self._http.stream("GET", address, **options) as response:
            if response.status_code != 200:
                await response.aread()
                _body(response)
            number = ""
            async for line in response.aiter_lines():
                name, _, value = line.partition(":")
                if name == "id":
                    number = value.strip()
                elif name == "data":
                    frame = json.loads(value)
                    assert frame.get("n", number) == number, "the id of the stream is the event's number"
                    await self._take(frame)
        self.close_code = 0
        await self._tell()

    async def _read_polls(self) -> None:
        while True:
            for event in await self.poll(wait=20):
                await self._take(event)

    async def poll(self, wait: float = 0) -> list[Frame]:
        """One poll: the events after the cursor, which stays where it is. Raises Refused."""
        response = await self._http.get(
            f"{self.base}/api/v1/conversations/{self.conversation}/events",
            params={**self._where(), "wait": f"{wait:g}"},
            headers=self.headers,
        )
        body = _body(response)
        if body["events"]:
            assert body["cursor"] == body["events"][-1]["n"]
        return list(body["events"])

    @property
    def headers(self) -> dict[str, str]:
        """The bearer token."""
        return {"Authorization": f"Bearer {self.token}"}

    def _where(self) -> dict[str, str]:
        return {"cursor": self.cursor} if self.cursor else {}

    async def _take(self, frame: Frame) -> None:
        if "n" in frame:
            self.cursor = frame["n"]
            self.events.append(frame)
            self.seen.take(frame)
        elif (waiting := self._replies.pop(str(frame.get("ref", frame.get("id"))), None)) and not waiting.done():
            waiting.set_result(frame)
        else:
            self.errors.append(frame)
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    # --- saying -------------------------------------------------------------------------------------------
    async def send(self, frame: Frame, *, patience: float = PATIENCE) -> Frame:
        """Send a frame and return the reply to it, an `error` too."""
        frame = {"id": str(uuid.uuid4()), **frame}
        if self._socket is None:
            return (await self.post(frame)).json()
        waiting = self._replies[frame["id"]] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps(frame))
        return await asyncio.wait_for(waiting, patience)

    async def send_raw(self, content: str | bytes) -> None:
        """Send anything over the socket."""
        assert self._socket is not None
        await self._socket.send(content)

    async def post(self, frame: object, **options: Any) -> httpx.Response:
        """Send one frame (or `content=…`) by HTTP."""
        address = f"{self.base}/api/v1/conversations/{self.conversation}/frames"
        return await self._http.post(address, **{"json": frame, "headers": self.headers, **options})

    async def say(self, text: str, **fields: object) -> Frame:
        """Send a message; returns the `ack`. Raises Refused."""
        reply = await self.send({"type": "message", "text": text, **fields})
        if reply["type"] != "ack":
            raise Refused(reply)
        return reply

    # --- waiting ------------------------------------------------------------------------------------------
    async def wait_for(self, kind: str, *, patience: float = PATIENCE, **fields: object) -> Frame:
        """The first event of this kind with these fields, seen already or to come."""

        def found() -> Frame | None:
            wanted = {"type": kind, **fields}
            return next((event for event in self.events if wanted.items() <= event.items()), None)

        return await self._until(found, f"{kind} {fields}", patience)

    async def wait_for_error(self, code: str, *, patience: float = PATIENCE) -> Frame:
        """An error frame that answers no frame with an id."""
        return await self._until(
            lambda: next((frame for frame in self.errors if frame.get("code") == code), None), code, patience
        )

    async def wait_for_close(self, *, patience: float = PATIENCE) -> int:
        """The code that the socket was closed with; 0 at the end of a stream."""
        return await self._until(lambda: self.close_code, "the end of the connection", patience)

    async def answer(self, ack: Frame, *, patience: float = PATIENCE) -> Frame:
        """The answer's message of an acknowledged turn; it may come by event or in a snapshot."""

        def found() -> Frame | None:
            return self.seen.answers.get(ack["turn"])

        return await self._until(found, f"the answer of turn {ack['turn']}", patience)

    async def _until(self, found: Any, what: str, patience: float) -> Any:
        deadline = time.monotonic() + patience
        async with self._news:
            while (result := found()) is None:
                self._raise_from_reader()
                try:
                    await asyncio.wait_for(self._news.wait(), min(1.0, deadline - time.monotonic()))
                except TimeoutError:
                    if time.monotonic() >= deadline:
                        raise AssertionError(f"No {what} in {patience:g} s; {self.told()}") from None
        return result

    def _raise_from_reader(self) -> None:
        reader = self._reader
        if reader is not None and reader.done() and not reader.cancelled() and (error := reader.exception()):
            raise error

    def told(self) -> str:
        """What came so far, for the message of a failure."""
        kinds = [str(event["type"]) for event in self.events[-30:]]
        return f"{self.kind} closed={self.close_code}, events {kinds}, errors {self.errors}"


def _body(response: httpx.Response) -> Frame:
    try:
        body = response.json()
    except ValueError:
        raise AssertionError(f"{response.status_code}, not JSON: {response.text[:500]}") from None
    if response.status_code >= 400:
        raise Refused(body, response.status_code)
    return dict(body)
