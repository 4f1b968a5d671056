"""One request from its head to its end: key, body, model, faults, limits, answer, and its ledger record."""

import asyncio
import json
import random
from dataclasses import dataclass, field, replace
from time import monotonic, time

from aiohttp import web

from simulator.batches.store import BatchStore
from simulator.faults import Fault, FaultQueue, Kind
from simulator.ledger import Ledger, Record
from simulator.limits import Account, Demand, Limits, Overrun
from simulator.settings import Settings
from simulator.text import estimate, reply
from simulator.vendors.base import Answer, Call, Cause, Refusal, Usage, Vendor

LARGEST_BODY = 32 * 2**20  # bytes; Anthropic's own limit for a request


@dataclass(slots=True)
class State:
    """Everything that outlives a request."""

    settings: Settings = field(default_factory=Settings)
    faults: FaultQueue = field(default_factory=FaultQueue)
    limits: Limits = field(default_factory=Limits)
    ledger: Ledger = field(default_factory=Ledger)
    batches: BatchStore = field(default_factory=BatchStore)
    chance: random.Random = field(default_factory=random.Random)

    def change(self, settings: Settings) -> None:
        """Put settings in force."""
        if settings.seed != self.settings.seed:
            self.chance.seed(settings.seed)
            self.faults.chance.seed(settings.seed)
        self.settings = settings
        self.ledger.trim(settings.keep_requests)

    def reset(self, settings: Settings) -> None:
        """Forget counts, faults, batches, files and the levels of limits, and put these settings in force."""
        self.faults.clear()
        self.limits.clear()
        self.batches.clear()
        self.ledger = Ledger()
        self.change(settings)


STATE = web.AppKey("state", State)


class Exchange:
    """A request and what was found out about it. `settings` are those of its model once that is known."""

    def __init__(self, request: web.Request, vendor: Vendor) -> None:
        self.request, self.vendor = request, vendor
        self.state = request.app[STATE]
        self.settings = self.state.settings
        self.ledger = self.state.ledger
        self.record: Record = self.ledger.arrive(vendor.name, request.path)
        self.account: Account | None = None
        self.fault: Fault | None = None
        self.body: dict[str, object] = {}
        self.key = ""

    @property
    def request_id(self) -> str:
        return f"req_simulated{self.record.number:010d}"

    async def run(self) -> web.StreamResponse:
        """The response, with the exchange counted whatever becomes of it."""
        try:
            response = await self._answer_or_refuse()
        except (ConnectionError, asyncio.CancelledError):
            self._end(self.record.status or 499, "client_gone")
            raise
        except BaseException:
            self._end(500, "simulator_error")
            raise
        self._end(response.status, self.record.outcome)
        return response

    def _end(self, status: int, outcome: str) -> None:
        self.record.status = status
        self.record.outcome = "complete" if outcome == "running" else outcome
        self.ledger.finish(self.record)
        if self.account is not None:
            self.account.running -= 1

    async def _answer_or_refuse(self) -> web.StreamResponse:
        try:
            return await self.answer()
        except Refusal as refusal:
            self.record.outcome = "refused"
            return self.refuse(refusal)

    async def answer(self) -> web.StreamResponse:
        """The response to a call that nothing refuses. Raises Refusal."""
        raise NotImplementedError

    async def open(self) -> Call:
        """Read the request and strike it with a fault that refuses, if one waits. Raises Refusal."""
        self.check_key()
        self.record.body = await self._read_body()
        self.body = json_object(self.record.body)
        call = self.vendor.read(self.request.headers, self.body)
        self.record.model, self.record.stream = call.model, call.stream
        check_model(self.settings, call.model)
        self.settings = self.state.settings.for_model(call.model)
        self.take_fault(call)
        return call

    async def _read_body(self) -> bytes:
        try:
            return await self.request.read()
        except web.HTTPRequestEntityTooLarge:
            raise Refusal(413, Cause.BODY, f"Request exceeds {LARGEST_BODY} bytes.") from None

    def check_key(self) -> None:
        """Raise Refusal for a key that is missing or not accepted."""
        self.key = self.vendor.key(self.request.headers)
        accepted = self.settings.api_keys
        if not self.key or (accepted is not None and self.key not in accepted):
            raise Refusal(401, Cause.KEY)

    def take_fault(self, call: Call) -> None:
        """Take the fault that waits for this request. Raises Refusal when it is one that refuses."""
        fault = self.fault = self.state.faults.take(call.model, self.request.path)
        if fault is None:
            return
        self.record.fault = fault.kind.value
        if fault.kind is Kind.CONTEXT_TOO_LONG:
            used = self.usage(call).input
            raise too_long(used, min(self.settings.context_window or used, used - 1))
        if fault.kind is Kind.STATUS:
            words = _FAULT_WORDS.get(fault.status, "")
            raise Refusal(fault.status, Cause.STATUS, words, retry_after=fault.retry_after)

    def faulty(self, *kinds: Kind) -> bool:
        """Whether the fault that struck this request is one of these."""
        return self.fault is not None and self.fault.kind in kinds

    def usage(self, call: Call, output: int = 0) -> Usage:
        """The tokens of a call."""
        return usage_of(self.settings, call, output)

    def admit(self, demand: Demand) -> None:
        """Ask the limits of this model and key. Raises Refusal (429)."""
        account = self.state.limits.account(self.record.model, self.key)
        if (overrun := account.admit(self.settings, demand)) is not None:
            self.ledger.refusals[overrun.name] += 1
            raise _limited(overrun)
        account.running += 1
        self.account = account

    def headers(self) -> dict[str, str]:
        """The headers of a response, limits as they are now."""
        account = self.account
        if account is None:
            account = self.state.limits.account(self.record.model, self.key)
            account.adjust(self.settings)
        return self.vendor.headers(self.request_id, account.quotas())

    def refuse(self, refusal: Refusal) -> web.Response:
        """The vendor's error response."""
        headers = self.headers()
        if refusal.retry_after is not None:
            headers |= self.vendor.retry_headers(refusal.retry_after, self.settings.retry_after_format)
        body = self.vendor.error(refusal, self.request_id)
        return web.json_response(body, status=refusal.status, headers=headers)

    def first_token_at(self) -> float:
        """The monotonic time at which the answer begins."""
        jitter, wait = self.settings.jitter, self.settings.time_to_first_token
        if jitter:
            wait *= self.state.chance.uniform(1 - jitter, 1 + jitter)
        if self.fault is not None and self.fault.kind is Kind.SLOW_FIRST_TOKEN:
            wait += self.fault.seconds
        return self.record.arrived + wait

    async def wait_until(self, at: float) -> None:
        """Sleep until a monotonic time."""
        await asyncio.sleep(max(at - monotonic(), 0.0))


def make_answer(exchange: Exchange, call: Call) -> Answer:
    """What is said to a call, cut by its max_tokens as a model's answer would be."""
    answer = answer_to(exchange.settings, call, exchange.record.number)
    return replace(answer, usage=None) if exchange.faulty(Kind.MISSING_USAGE) else answer


def answer_to(settings: Settings, call: Call, number: int) -> Answer:
    """The same, of no request of its own."""
    tokens = reply(settings.reply, call.question, settings.output_tokens)
    complete = call.max_tokens is None or len(tokens) <= call.max_tokens
    tokens = tokens if complete else tokens[: call.max_tokens]
    return Answer(number, int(time()), tokens, complete, usage_of(settings, call, len(tokens)))


def usage_of(settings: Settings, call: Call, output: int = 0) -> Usage:
    """The tokens of a call; the prompt is at least as long as the part of it that was cached."""
    read, wrote = settings.cache_read_tokens, settings.cache_write_tokens
    prompt = max(settings.input_tokens or estimate(call.characters), read + wrote)
    return Usage(prompt, output, read, wrote)


def check_model(settings: Settings, model: str) -> None:
    """Raise Refusal (404) for a model that does not exist."""
    if settings.models is not None and model not in settings.models:
        raise Refusal(404, Cause.MODEL, model)


def too_long(used: int, most: int) -> Refusal:
    """The refusal of a prompt that does not fit the model's window."""
    return Refusal(400, Cause.CONTEXT, f"{used} tokens > {most}", parameter="messages")


_FAULT_WORDS = {
    400: "Bad request, as a fault asked for.",
    403: "Not allowed, as a fault asked for.",
    404: "Not found, as a fault asked for.",
    429: "Rate limit reached, as a fault asked for.",
}


def _limited(overrun: Overrun) -> Refusal:
    return Refusal(429, Cause.LIMIT, overrun=overrun, retry_after=overrun.wait)


def json_object(raw: bytes) -> dict[str, object]:
    """The object in a body. Raises Refusal."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal(400, Cause.BODY, "The body of the request is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, Cause.BODY, "The body of the request must be a JSON object.")
    return body
