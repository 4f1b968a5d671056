"""What a vendor's batch interface takes and gives: plain values."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from routing.providers import ChatRequest, FinishReason, ProviderError, Usage


class NoBatches(Exception):
    """The server has no batch interface."""


class Unsure(Exception):
    """It is not known whether the vendor took the batch: the connection broke, or the server failed."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(str(error))
        self.error = error


class Lost(StrEnum):
    """Why a vendor did not come to a request."""

    EXPIRED = "expired"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most requests and bytes of one batch."""

    requests: int
    size: int


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch, under an id of ours."""

    custom_id: str
    request: ChatRequest


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Its text has no NUL characters."""

    text: str
    reason: FinishReason
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request."""

    custom_id: str
    what: Reply | ProviderError | Lost


@dataclass(frozen=True, slots=True)
class Sought:
    """A batch that may be at the vendor: our name for it, its requests, when it was sent, ids that are others'."""

    token: str
    size: int
    since: datetime
    not_these: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """A batch at the vendor. `certain` is False when only its size and time fit."""

    vendor_id: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. `state` is the vendor's word.

    problem    why the vendor took none of it; `bad_lines` are the places (from 0) of the requests that are at fault
    files      what it is made of and has made, in the vendor's names: results first
    """

    state: str
    ended: bool
    problem: str = ""
    bad_lines: frozenset[int] = frozenset()
    results: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()


class BatchApi(Protocol):
    """A vendor's batches. Every failure is a ProviderError unless said otherwise."""

    limits: Limits

    async def create(self, token: str, lines: Sequence[Line]) -> str:
        """Hand a batch over, and return its id. Raises NoBatches and Unsure too; after other errors there is none."""
        ...

    async def find(self, sought: Sought) -> Found | None:
        """Look for a batch among those of the last days."""
        ...

    async def look(self, vendor_id: str) -> Progress:
        """How far it is."""
        ...

    def results(self, vendor_id: str, progress: Progress) -> AbstractAsyncContextManager[AsyncIterator[Result]]:
        """Its results as a stream, in any order. A line that cannot be read is left out."""
        ...

    async def cancel(self, vendor_id: str) -> None:
        """Ask for an early end; harmless when it has ended."""
        ...

    async def discard(self, vendor_id: str, progress: Progress) -> None:
        """Have the vendor forget requests and results, which hold people's words."""
        ...
