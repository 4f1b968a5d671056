"""What requests about batches and files have in common: keys, faults, pages of lists, results line by line."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from aiohttp import web

from simulator.batches.store import Item, Job, Outcome, Shelf
from simulator.exchange import Exchange, answer_to, check_model, too_long, usage_of
from simulator.faults import Kind
from simulator.playback import reset
from simulator.settings import Settings
from simulator.vendors.base import Answer, Call, Cause, Refusal

_MALFORMED = b'{"custom_id": "\n'


class BatchExchange(Exchange):
    """One request. Of the faults, status, cut, truncate, stall, slow_first_token and malformed have a meaning here."""

    @property
    def shelf(self) -> Shelf:
        """What the request's key has stored."""
        return self.state.batches.shelf(self.vendor.name, self.key)

    def enter(self, model: str = "") -> None:
        """Let a request with a good key in, and strike it with a fault that refuses. Raises Refusal."""
        self.check_key()
        self.record.model = model
        self.take_fault(Call(model, "", 0))

    def enter_job(self) -> Job:
        """The same for a request about a batch of this key."""
        self.check_key()
        job = self.shelf.jobs.get(self.request.match_info["id"])
        if job is None:
            raise Refusal(404, Cause.STATUS, f"No such batch: {self.request.match_info['id']}")
        self.enter(job.model)
        return job

    async def send(self, body: object) -> web.StreamResponse:
        """The response, spoiled if a fault says so. Whatever was asked for has been done."""
        await self._dawdle()
        if self.faulty(Kind.CUT, Kind.TRUNCATE):
            return self._cut()
        text = json.dumps(body)
        text = text[:-9] if self.faulty(Kind.MALFORMED) else text
        return web.json_response(text=text, headers=self.headers())

    async def send_lines(self, lines: Iterable[bytes]) -> web.StreamResponse:
        """A file of lines, as a stream; a fault spoils it after its number of lines."""
        await self._dawdle()
        response = web.StreamResponse(headers={**self.headers(), "content-type": "application/binary"})
        await response.prepare(self.request)
        for line in self._spoiled(iter(lines)):
            await response.write(line)
        if self.faulty(Kind.CUT):
            return self._cut()
        await response.write_eof()
        return response

    def page(self, jobs: list[Job], after: str | None, most: int) -> tuple[list[Job], bool]:
        """(the newest jobs after that id, whether there are more)."""
        newest = list(reversed(jobs))
        ids = [job.id for job in newest]
        start = ids.index(after) + 1 if after in ids else 0
        return newest[start : start + most], len(newest) > start + most

    def limit(self, default: int, most: int) -> int:
        """How many a page may hold, as the query asks. Raises Refusal."""
        text = self.request.query.get("limit", str(default))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise Refusal(400, Cause.BODY, f"limit: must be a whole number from 1 to {most}", parameter="limit")
        return int(text)

    async def read_all(self, most: int) -> bytes:
        """The body, however long up to `most` bytes. Raises Refusal."""
        parts, size = [], 0
        async for chunk in self.request.content.iter_any():
            size += len(chunk)
            if size > most:
                raise Refusal(413, Cause.BODY, f"Request exceeds {most} bytes.")
            parts.append(chunk)
        return b"".join(parts)

    async def _dawdle(self) -> None:
        if self.fault is not None and self.faulty(Kind.STALL, Kind.SLOW_FIRST_TOKEN):
            await self.wait_until(self.record.arrived + self.fault.seconds)

    def _cut(self) -> web.StreamResponse:
        self.record.outcome = "cut"
        reset(self.request)
        return web.Response()

    def _spoiled(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        if self.fault is None or not self.faulty(Kind.CUT, Kind.TRUNCATE, Kind.MALFORMED):
            yield from lines
            return
        yield from islice(lines, self.fault.after)
        self.record.outcome = self.fault.kind.value
        if self.faulty(Kind.MALFORMED):
            yield _MALFORMED
            yield from lines


def examine(settings: Settings, custom_id: str, call: Call) -> Item:
    """A request that the vendor could read: what will become of it. Raises Refusal for one that cannot be asked."""
    check_model(settings, call.model)
    settings = settings.for_model(call.model)
    prompt, window = usage_of(settings, call).input, settings.context_window
    if window is not None and prompt > window:
        return Item(custom_id, call, too_long(prompt, window))
    if _marked(call, settings.batch_errored):
        return Item(custom_id, call, Refusal(500, Cause.STATUS, "It fails, as a setting asked for."))
    failing = Outcome.EXPIRED if _marked(call, settings.batch_expired) else None
    return Item(custom_id, call, failing=failing)


def refuse_invalid(settings: Settings, call: Call) -> None:
    """Raise Refusal for a request that cannot be in a batch, or that a setting declares invalid."""
    if call.stream:
        raise Refusal(400, Cause.BODY, "stream: not supported in a batch")
    if _marked(call, settings.for_model(call.model).batch_invalid):
        raise Refusal(400, Cause.BODY, "It is invalid, as a setting asked for.")


def _marked(call: Call, mark: str | None) -> bool:
    return mark is not None and mark in call.question


def answer_item(settings: Settings, call: Call, number: int) -> Answer:
    """What is said to one request of a batch."""
    return answer_to(settings.for_model(call.model), call, number)
