"""What stores outside of Postgres have in common: where clients live, how long they are waited for, how they fail.

Vendors' clients are asynchronous and belong to one event loop, while Parley asks from many: of workers, of the web, of
threads that have none. So they live on a loop of their own, in a thread of the process. A call that is given up ends
there as well, with all tries that its client would have gone on with.
"""

import asyncio
import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar, TypeVar
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from django.core.checks import CheckMessage, Error

from memory.embedding import Vectors
from memory.stores.base import Entry, Store, StoreError

logger = logging.getLogger(__name__)
T = TypeVar("T")
READ_SECONDS = 0.9  # less than recall's patience, so that the reason is told and not only that it took too long
WRITE_SECONDS = 10.0
REST_SECONDS = 2.0  # after a search that took too long no turn waits for another
TOGETHER = 100  # vectors in one request: some 800 kB as JSON


class OutsideStore(Store):
    """A vendor's store. Subclasses connect, and give each call to `_read` or `_write`.

    `vendor` for people, `module` and `package`: what is imported, and what must be installed for it.
    """

    vendor: ClassVar[str]
    module: ClassVar[str]
    package: ClassVar[str]

    def __init__(self, *, url: str = "", api_key: str = "") -> None:
        self._url, self._api_key = url, api_key
        self._connection: asyncio.Task[Any] | None = None
        self._tired_until = 0.0

    @property
    def name(self) -> str:
        """Vendor and place."""
        return f"{self.vendor} {self._place}"

    @property
    def _place(self) -> str:
        """Host, and what of it is used."""
        return _host(urlsplit(self._url))

    def check(self) -> list[CheckMessage]:
        """The client is installed, and told where the store is."""
        found: list[CheckMessage] = []
        if find_spec(self.module) is None:
            hint = "pip install -r requirements-stores.txt (or only this one of its lines)"
            found.append(Error(f"{self.package} is not installed.", hint=hint, id="memory.E006"))
        if problem := self._unplaced():
            found.append(Error(problem, hint="Set PARLEY_MEMORY_STORE_URL to its address.", id="memory.E007"))
        return found

    def _unplaced(self) -> str:
        """Why the store cannot be found, or nothing."""
        parts = urlsplit(self._url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return ""
        told = "told no address" if not self._url else "given an address that does not begin with http:// or https://"
        return f"The {self.vendor} store is {told}."

    @abstractmethod
    async def _connect(self) -> Any:
        """A client that is ready, made once, on the stores' own loop; `module` is imported."""

    def warm_up(self) -> None:
        """Import the client, however long it takes, and connect."""
        import_module(self.module)
        try:
            asyncio.run(self._write(_nothing))
        except StoreError as error:
            logger.warning("Memories are recalled by their words only: %s", error)

    async def close(self) -> None:
        """End the connections; the next call makes others."""
        if self._connection is not None:
            await self._write(lambda client: client.close())
            self._connection = None

    async def _read(self, call: Callable[[Any], Awaitable[T]]) -> T:
        """A search. After one that took too long the next ones fail at once, for a moment."""
        if time.monotonic() < self._tired_until:
            raise StoreError(f"{self.vendor} took too long a moment ago.")
        return await self._ask(call, READ_SECONDS)

    async def _write(self, call: Callable[[Any], Awaitable[T]]) -> T:
        return await self._ask(call, WRITE_SECONDS)

    async def _ask(self, call: Callable[[Any], Awaitable[T]], seconds: float) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._asked(call, seconds), _loop()))

    async def _asked(self, call: Callable[[Any], Awaitable[T]], seconds: float) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await call(await self._client())
        except StoreError:
            raise
        except TimeoutError as error:
            self._tired_until = time.monotonic() + REST_SECONDS
            raise StoreError(f"{self.vendor} took too long.") from error
        except Exception as error:  # translated at the edge, whatever its transport raises
            raise StoreError(f"{self.vendor} cannot be asked ({type(error).__name__}).") from error

    async def _client(self) -> Any:
        """Who is given up while connecting leaves it going on for the next one."""
        if self._connection is None or (self._connection.done() and _failed(self._connection)):
            self._connection = asyncio.create_task(self._opened())
        return await asyncio.shield(self._connection)

    async def _opened(self) -> Any:
        await asyncio.to_thread(import_module, self.module)  # takes a second or three
        async with asyncio.timeout(WRITE_SECONDS):
            return await self._connect()


def _failed(task: "asyncio.Task[Any]") -> bool:
    return task.cancelled() or task.exception() is not None


def numbers(vector: Vectors) -> list[float]:
    """As the vendors' clients take it."""
    found: list[float] = vector.ravel().tolist()
    return found


def in_parts(entries: Sequence[T], size: int = TOGETHER) -> list[Sequence[T]]:
    """Sequences of at most `size`."""
    return [entries[first : first + size] for first in range(0, len(entries), size)]


def described(entry: Entry, contact_id: UUID) -> dict[str, Any]:
    """What is kept beside a vector: enough to find it again, and nothing of what was said."""
    return {"contact": str(contact_id), "memory": entry.id, "embedder": entry.embedder}


def _host(parts: SplitResult) -> str:
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname or "nowhere")


async def _nothing(_: Any) -> None:
    """Connecting is all."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Of the process. grpc's asyncio bears one loop at a time, so that all stores share it."""
    loop = asyncio.SelectorEventLoop()
    threading.Thread(target=loop.run_forever, name="stores", daemon=True).start()
    return loop
