"""Chat answers, streamed and whole, with the faults that spoil them."""

import json
from collections.abc import Callable

from aiohttp import web

from simulator.exchange import Exchange, make_answer, too_long
from simulator.faults import Fault, Kind
from simulator.limits import Demand
from simulator.playback import Playback, reset
from simulator.vendors.base import Answer, Call, Cause, Refusal

_MALFORMED = b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0, "del\n\n'


class Chat(Exchange):
    """One chat request. `charged` is what was charged for its output at the door."""

    charged = 0

    async def answer(self) -> web.StreamResponse:
        call = await self.open()
        answer = make_answer(self, call)
        prompt, window = self.usage(call).input, self.settings.context_window
        if window is not None and prompt > window:
            raise too_long(prompt, window)
        self._admit(call, answer)
        self.record.input_tokens = prompt
        return await (self._stream(call, answer) if call.stream else self._whole(call, answer))

    def _admit(self, call: Call, answer: Answer) -> None:
        usage, at_once = self.usage(call), self._charge_mode() != "produced"
        self.charged = (call.max_tokens or len(answer.tokens)) if at_once else 0
        prompt = usage.input - (usage.cache_read if self.vendor.cached_is_free else 0)
        self.admit(Demand(prompt, self.charged, needs_credit=not at_once))

    def _charge_mode(self) -> str:
        mode = self.settings.output_charge
        return self.vendor.output_charge if mode == "vendor" else mode

    def _settle(self) -> None:
        """Give back what was reserved and not used, if that is the way."""
        if self.account is not None and self._charge_mode() == "settled":
            self.account.charge_output(self.record.output_tokens - self.charged)

    async def _whole(self, call: Call, answer: Answer) -> web.StreamResponse:
        speed = self.settings.tokens_per_second
        at = self.first_token_at() + (len(answer.tokens) / speed if speed else 0.0)
        if self.fault is not None and self.fault.kind is Kind.STALL:
            at += self.fault.seconds
        await self.wait_until(at)
        self.record.output_tokens = len(answer.tokens)
        if (charge := self._charger(1)) is not None:
            charge(len(answer.tokens))
        self._settle()
        text = json.dumps(self.vendor.whole(call, answer))
        return self._spoiled(text) or web.json_response(text=text, headers=self.headers())

    def _spoiled(self, text: str) -> web.StreamResponse | None:
        """The response that a fault makes of an answer that is not streamed, if it does."""
        if self.faulty(Kind.CUT, Kind.TRUNCATE):
            self.record.outcome = "cut"
            reset(self.request)
            return web.Response()
        if self.faulty(Kind.MALFORMED):
            self.record.outcome = "malformed"
            return web.json_response(text=text[:-9], headers=self.headers())
        if self.faulty(Kind.ERROR_EVENT):
            raise Refusal(self.vendor.overloaded, Cause.STATUS)
        return None

    async def _stream(self, call: Call, answer: Answer) -> web.StreamResponse:
        size, speed = self.settings.chunk_tokens, self.settings.tokens_per_second
        parts = self.vendor.parts(call, answer, size)
        playback = Playback(self.request, self.headers(), parts, self._charger(size))
        playback.first_at, playback.interval = self.first_token_at(), self.settings.write_interval
        playback.spacing = size / speed if speed else 0.0
        self.record.status = 200
        self.ledger.open_stream()
        try:
            return await self._play(playback)
        finally:
            self.ledger.close_stream()
            self._note(playback, min(playback.sent * size, len(answer.tokens)))

    def _charger(self, size: int) -> Callable[[int], None] | None:
        """What charges a stream's chunks as they go out, if anything does. (A last chunk that is not full is
        charged as a full one.)"""
        account = self.account
        if account is None or not account.buckets or self._charge_mode() != "produced":
            return None
        return lambda chunks: account.charge_output(chunks * size)

    def _note(self, playback: Playback, tokens: int) -> None:
        """Enter a stream that has ended, in whatever way."""
        self.ledger.wrote(playback.writes, playback.late_sum, playback.late_max)
        self.record.first_chunk = playback.started
        self.record.chunks, self.record.output_tokens = playback.sent, tokens
        self._settle()

    async def _play(self, playback: Playback) -> web.StreamResponse:
        if self.fault is None or self.fault.kind in (Kind.SLOW_FIRST_TOKEN, Kind.MISSING_USAGE):
            return await playback.finish()
        await playback.play(self.fault.after)
        return await self._spoil(playback, self.fault)

    async def _spoil(self, playback: Playback, fault: Fault) -> web.StreamResponse:
        if fault.kind is Kind.STALL:
            await playback.pause(fault.seconds)
            return await playback.finish()
        self.record.outcome = fault.kind.value
        if fault.kind is Kind.MALFORMED:
            playback.write(_MALFORMED)
            return await playback.finish()
        if fault.kind is Kind.CUT:
            reset(self.request)
            return playback.response
        return await playback.end(self.vendor.error_event() if fault.kind is Kind.ERROR_EVENT else b"")
