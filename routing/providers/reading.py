"""Reading one answer: bytes from the network become events, and every break becomes a ProviderError."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import jiter

from routing.providers import failures
from routing.providers.deadline import Deadline
from routing.providers.errors import ProviderError
from routing.providers.exchange import transport_errors
from routing.providers.limits import limits_in
from routing.providers.sse import EventSplitter, OversizedEventError
from routing.providers.types import Finished, Opened, ProviderConfig, StreamEvent
from routing.providers.wire import Protocol, StreamState, VendorFault

CLOSING_TIME = 2.0
"""Seconds for the usage and the last word after all the text has come: they follow at once or never."""

DONE = b"[DONE]"


@dataclass
class Patience:
    """How long we still wait for a provider. Only our waiting counts: a slow consumer is not its fault.

    Before the model begins to write, only that counts: neither a ping nor a message_start is a token. After
    it, any chunk starts the stall time anew. Anthropic documents that pings may come at any time, so one
    holds off the stall, though for no longer than a first token may take. Comment lines are documented by
    neither vendor and count for nothing.
    """

    first_token: float
    stall: float
    idle: float = 0.0
    quiet: float = 0.0

    def left(self, state: StreamState) -> float:
        """Return the seconds that the next bytes may take."""
        if state.reason is not None:
            return min(self.stall, CLOSING_TIME) - self.idle
        if not state.started:
            return self.first_token - self.idle
        return min(self.stall - self.quiet, self.first_token - self.idle)

    def waited(self, seconds: float) -> None:
        self.idle += seconds
        self.quiet += seconds

    def heard(self, state: StreamState, *, progress: bool) -> None:
        """A chunk or ping came; `progress` says that it was more than a ping."""
        self.quiet = 0.0
        if progress and (state.started or state.reason is not None):
            self.idle = 0.0


class AnswerReader:
    """Reads one answer. `state` tells what is known of it at any time."""

    def __init__(self, config: ProviderConfig, protocol: Protocol, model: str, patience: Patience) -> None:
        self.state = StreamState()
        self._config = config
        self._protocol = protocol
        self._model = model
        self._patience = patience
        self._splitter = EventSplitter()
        self._deadline = Deadline()
        self._clock = asyncio.get_running_loop().time
        self._broken_by = transport_errors()

    async def events(self, source: AsyncIterator[bytes], headers: Mapping[str, str]) -> AsyncGenerator[StreamEvent]:
        """Yield Opened where the headers tell of limits, the answer's events and Finished, or raise ProviderError.

        Once all the text has come, nothing that follows can spoil the answer: at worst its usage is unknown.
        """
        state = self.state
        if (limits := limits_in(headers)) is not None:
            yield Opened(limits)
        while not state.closed and (chunk := await self._next_chunk(source)):
            for event in self._translated(self._split(chunk)):
                yield event
        for event in self._left_over():
            yield event
        if state.reason is None:
            raise self._incomplete(headers.get("content-type", ""))
        yield Finished(state.reason, state.usage())

    def close(self) -> None:
        """Drop what outlives the last event."""
        self._deadline.close()

    async def _next_chunk(self, source: AsyncIterator[bytes]) -> bytes:
        """Return the next bytes, or none at the end, which a break after all the text is as well."""
        try:
            return await self._wait(source)
        except ProviderError:
            if self.state.reason is None:
                raise
            return b""

    async def _wait(self, source: AsyncIterator[bytes]) -> bytes:
        start = self._clock()
        try:
            with self._deadline.within(self._patience.left(self.state)):
                return await anext(source, b"")
        except TimeoutError:
            raise self._too_long() from None
        except self._broken_by as error:
            raise failures.from_transport(self._config, error) from None
        finally:
            self._patience.waited(self._clock() - start)

    def _too_long(self) -> ProviderError:
        return (failures.stalled if self.state.started else failures.no_first_token)(self._config)

    def _split(self, chunk: bytes) -> list[bytes]:
        try:
            return self._splitter.feed(chunk)
        except OversizedEventError:
            if self.state.reason is not None:
                return []
            raise failures.malformed(self._config, "an endless line") from None

    def _translated(self, datas: list[bytes]) -> Iterator[StreamEvent]:
        state, before = self.state, self.state.progress
        for data in datas:
            if data == DONE:
                state.closed = True
                break
            yield from self._translate(data)
        if datas:
            self._patience.heard(state, progress=state.progress > before)

    def _translate(self, data: bytes) -> Iterator[StreamEvent]:
        if not data.strip():
            return
        try:
            yield from self._protocol.translate(jiter.from_json(data), self.state)
        except VendorFault as fault:
            if self.state.reason is None:
                raise failures.from_refusal(self._config, fault.error, model=self._model) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            if self.state.reason is None:
                raise failures.malformed(self._config, "a chunk that cannot be read") from None

    def _left_over(self) -> Iterator[StreamEvent]:
        """Yield what an event without its closing blank line holds, unless the cut went through it."""
        data = self._splitter.flush()
        if data is None or self.state.closed:
            return
        try:
            jiter.from_json(data)
        except ValueError:
            return
        yield from self._translated([data])

    def _incomplete(self, content_type: str) -> ProviderError:
        if self.state.progress == 0 and "event-stream" not in content_type:
            return failures.malformed(self._config, f"{content_type or 'something'} instead of a stream of events")
        return failures.truncated(self._config)
