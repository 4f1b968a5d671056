"""OpenAI's Batch: a file of requests goes up, files of results come down. Source: "Batch" and "Files" of its API
reference, and its guide to batches.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from parley.threads import in_thread
from routing.batches.vendors.http import Caller, read_json
from routing.batches.vendors.types import Found, Limits, Line, Lost, Progress, Reply, Result, Sought, Unsure
from routing.batches.vendors.wire import refused_for_good, without_interface
from routing.providers import FinishReason, ProviderConfig, ProviderError, failures
from routing.providers.classify import vendor_error
from routing.providers.clients import client_for
from routing.providers.openai_chat import openai_body, openai_events
from routing.providers.types import TextDelta
from routing.providers.wire import Dialect, StreamState

ENDPOINT = "/v1/chat/completions"
MARK = "parley_batch"  # under which our name for it stands in the batch's metadata
MOST_PAGES = 10
CLOCKS = timedelta(minutes=10)  # that the vendor's may be behind ours
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_LOST = {"batch_expired": Lost.EXPIRED, "batch_cancelled": Lost.CANCELED}


class FileBatches:
    """Implements BatchApi."""

    limits = Limits(50_000, 200 * 2**20)

    def __init__(self, config: ProviderConfig) -> None:
        self._caller = Caller(config)

    async def create(self, token: str, lines: Sequence[Line]) -> str:
        """See BatchApi."""
        file_id = await self._send(token, lines)
        made = {"input_file_id": file_id, "endpoint": ENDPOINT, "completion_window": "24h", "metadata": {MARK: token}}
        try:
            batch = await self._caller.post("/batches", made)
        except ProviderError as error:
            if not refused_for_good(error):
                raise Unsure(error) from None
            await self._forget(file_id)
            without_interface(error)
            raise
        if not batch.get("id"):
            raise Unsure(failures.malformed(self._caller.config, "a batch without an id"))
        return str(batch["id"])

    async def find(self, sought: Sought) -> Found | None:
        """See BatchApi. The name in the metadata leaves no doubt."""
        query: dict[str, object] = {"limit": 100}
        for _ in range(MOST_PAGES):
            page = await self._caller.get("/batches", query)
            for batch in page.get("data") or ():
                if datetime.fromtimestamp(batch["created_at"], UTC) < sought.since - CLOCKS:
                    return None
                if (batch.get("metadata") or {}).get(MARK) == sought.token:
                    return Found(str(batch["id"]), certain=True)
            if not page.get("has_more"):
                return None
            query = {"limit": 100, "after": page["data"][-1]["id"]}
        return None

    async def look(self, vendor_id: str) -> Progress:
        """See BatchApi."""
        return progress_of(await self._caller.get(f"/batches/{vendor_id}"))

    @asynccontextmanager
    async def results(self, vendor_id: str, progress: Progress) -> AsyncIterator[AsyncIterator[Result]]:  # noqa: ARG002
        """See BatchApi: the file of answers, then that of errors."""
        yield self._read(progress.results)

    async def cancel(self, vendor_id: str) -> None:
        """See BatchApi."""
        try:
            await self._caller.post(f"/batches/{vendor_id}/cancel")
        except ProviderError as error:
            if error.status != 409:  # that is: it has ended
                raise

    async def discard(self, vendor_id: str, progress: Progress) -> None:  # noqa: ARG002 - a batch without files says nothing
        """See BatchApi."""
        for file_id in (*progress.results, *progress.leftovers):
            await self._caller.delete(f"/files/{file_id}")

    async def _send(self, token: str, lines: Sequence[Line]) -> str:
        async with client_for(self._caller.config) as pooled:
            dialect = pooled.dialect
        content = await in_thread(content_of, lines, dialect)
        try:
            sent = await self._caller.send_file("/files", f"parley-{token}.jsonl", content, {"purpose": "batch"})
        except ProviderError as error:
            without_interface(error)
            raise
        if not sent.get("id"):
            raise failures.malformed(self._caller.config, "a file without an id")
        return str(sent["id"])

    async def _forget(self, file_id: str) -> None:
        with suppress(ProviderError):
            await self._caller.delete(f"/files/{file_id}")

    async def _read(self, file_ids: Sequence[str]) -> AsyncIterator[Result]:
        for file_id in file_ids:
            async with self._caller.lines(f"/files/{file_id}/content") as lines:
                async for line in lines:
                    if (result := self._result(read_json(line))) is not None:
                        yield result

    def _result(self, found: Any) -> Result | None:
        try:
            return Result(str(found["custom_id"]), self._what(found))
        except (KeyError, TypeError, AttributeError, ValueError, IndexError):
            return None

    def _what(self, found: Mapping[str, Any]) -> Reply | ProviderError | Lost:
        response, error = found.get("response"), found.get("error") or {}
        if error.get("code") in _LOST:
            return _LOST[error["code"]]
        if response and response["status_code"] == 200:
            return reply(response["body"])
        status = response["status_code"] if response else None
        return failures.from_refusal(self._caller.config, vendor_error(response["body"] if response else error, status))


def content_of(lines: Sequence[Line], dialect: Dialect) -> bytes:
    """The file of a new batch, made line by line: it may be long, and other threads want to run."""
    return b"".join(json.dumps(entry(line, dialect)).encode() + b"\n" for line in lines)


def entry(line: Line, dialect: Dialect) -> dict[str, Any]:
    """A line of the file, where nothing is streamed."""
    body = openai_body(line.request, dialect)
    body.pop("stream")
    body.pop("stream_options", None)
    return {"custom_id": line.custom_id, "method": "POST", "url": ENDPOINT, "body": body}


def reply(body: Mapping[str, Any]) -> Reply:
    """Read a whole answer with what reads streamed ones: its message is one large delta."""
    choice, state = body["choices"][0], StreamState()
    chunk = {"usage": body.get("usage"), "choices": [{**choice, "index": 0, "delta": choice["message"]}]}
    text = [event.text for event in openai_events(chunk, state) if isinstance(event, TextDelta)]
    return Reply("".join(text), state.reason or FinishReason.OTHER, state.usage())


def progress_of(batch: Mapping[str, Any]) -> Progress:
    """How far a batch is, in our words."""
    state = str(batch.get("status", ""))
    results = [batch.get(name) for name in ("output_file_id", "error_file_id")]
    problems = ((batch.get("errors") or {}).get("data") or []) if state == "failed" else []
    said = "; ".join(str(problem.get("message", "")) for problem in problems[:3])
    places = frozenset(int(problem["line"]) - 1 for problem in problems if problem.get("line"))
    return Progress(
        state,
        ended=state in ENDED,
        problem=(said or "The vendor did not say why.") if state == "failed" else "",
        bad_lines=places,
        results=tuple(str(file_id) for file_id in results if file_id),
        leftovers=(str(batch["input_file_id"]),) if batch.get("input_file_id") else (),
    )
