"""Anthropic's Message Batches. Source: "Message Batches" of its API reference.

They carry no metadata: a batch is known by its size and time until its results show the ids of its requests.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from parley.threads import in_thread
from routing.batches.vendors.http import Caller, read_json
from routing.batches.vendors.types import Found, Limits, Line, Lost, Progress, Reply, Result, Sought, Unsure
from routing.batches.vendors.wire import refused_for_good, without_interface
from routing.providers import FinishReason, ProviderConfig, ProviderError, failures
from routing.providers.anthropic_messages import anthropic_body, anthropic_events
from routing.providers.classify import vendor_error
from routing.providers.wire import StreamState

PATH = "/v1/messages/batches"
MOST_PAGES = 10
CLOCKS = timedelta(minutes=2)  # that the vendor's may be behind ours
_LOST = {"expired": Lost.EXPIRED, "canceled": Lost.CANCELED}


class MessageBatches:
    """Implements BatchApi."""

    limits = Limits(100_000, 256 * 2**20)

    def __init__(self, config: ProviderConfig) -> None:
        self._caller = Caller(config)

    async def create(self, token: str, lines: Sequence[Line]) -> str:  # noqa: ARG002 - it is in the ids of the lines
        """See BatchApi."""
        content = await in_thread(body_of, lines)
        try:
            made = await self._caller.send_json(PATH, content)
        except ProviderError as error:
            without_interface(error)
            if refused_for_good(error):
                raise
            raise Unsure(error) from None
        return str(made["id"]) if made.get("id") else self._nameless()

    async def find(self, sought: Sought) -> Found | None:
        """See BatchApi: the oldest that fits."""
        fitting = [batch["id"] async for batch in self._since(sought.since - CLOCKS) if _fits(batch, sought)]
        return Found(str(fitting[-1]), certain=False) if fitting else None

    async def look(self, vendor_id: str) -> Progress:
        """See BatchApi."""
        batch = await self._caller.get(f"{PATH}/{vendor_id}")
        state = str(batch.get("processing_status", ""))
        return Progress(state, ended=state == "ended", results=(f"{PATH}/{vendor_id}/results",))

    @asynccontextmanager
    async def results(self, vendor_id: str, progress: Progress) -> AsyncIterator[AsyncIterator[Result]]:  # noqa: ARG002
        """See BatchApi. The address is made by us: with one that a server names, the key would go anywhere."""
        async with self._caller.lines(f"{PATH}/{vendor_id}/results") as lines:
            yield self._read(lines)

    async def cancel(self, vendor_id: str) -> None:
        """See BatchApi."""
        await self._caller.post(f"{PATH}/{vendor_id}/cancel")

    async def discard(self, vendor_id: str, progress: Progress) -> None:  # noqa: ARG002 - the batch is all there is
        """See BatchApi."""
        await self._caller.delete(f"{PATH}/{vendor_id}")

    async def _since(self, moment: datetime) -> AsyncIterator[dict[str, Any]]:
        """The batches since then, the newest first."""
        query: dict[str, object] = {"limit": 100}
        for _ in range(MOST_PAGES):
            page = await self._caller.get(PATH, query)
            for batch in page.get("data") or ():
                if datetime.fromisoformat(batch["created_at"]) < moment:
                    return
                yield batch
            if not page.get("has_more"):
                return
            query = {"limit": 100, "after_id": page["last_id"]}

    async def _read(self, lines: AsyncIterator[bytes]) -> AsyncIterator[Result]:
        async for line in lines:
            if (result := self._result(read_json(line))) is not None:
                yield result

    def _result(self, found: Any) -> Result | None:
        try:
            result, name = found["result"], str(found["custom_id"])
            kind = result["type"]
            if kind == "succeeded":
                return Result(name, reply(result["message"]))
            if kind == "errored":
                error = vendor_error(result["error"])
                return Result(name, failures.from_refusal(self._caller.config, error))
            return Result(name, _LOST[kind])
        except (KeyError, TypeError, AttributeError):
            return None

    def _nameless(self) -> str:
        raise Unsure(failures.malformed(self._caller.config, "a batch without an id"))


def body_of(lines: Sequence[Line]) -> bytes:
    """The body of a new batch, made in small pieces: it may be long, and other threads want to run."""
    requests = [json.dumps({"custom_id": line.custom_id, "params": params(line)}).encode() for line in lines]
    return b'{"requests":[' + b",".join(requests) + b"]}"


def params(line: Line) -> dict[str, Any]:
    """The body of a request in a batch, where nothing is streamed."""
    body = anthropic_body(line.request)
    del body["stream"]
    return body


def reply(message: dict[str, Any]) -> Reply:
    """Read a whole message with what reads streamed ones."""
    state = StreamState()
    anthropic_events({"type": "message_start", "message": message}, state)
    ending = {"delta": {"stop_reason": message.get("stop_reason")}, "usage": message.get("usage")}
    anthropic_events({"type": "message_delta", **ending}, state)
    text = [block["text"] for block in message["content"] if block["type"] == "text"]
    return Reply("".join(text).replace("\x00", ""), state.reason or FinishReason.OTHER, state.usage())


def _fits(batch: dict[str, Any], sought: Sought) -> bool:
    counts = batch.get("request_counts") or {}
    return batch["id"] not in sought.not_these and sum(counts.values()) == sought.size
