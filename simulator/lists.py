"""Answers that are no text: embeddings, and the list of models."""

import json

from aiohttp import web

from simulator.exchange import Exchange
from simulator.faults import Kind
from simulator.limits import Demand
from simulator.playback import reset
from simulator.vendors.openai_embeddings import vectors


class Embeddings(Exchange):
    """One embedding request. Of the faults, those that refuse it and cut, stall, slow_first_token, malformed
    and few_vectors have a meaning here."""

    async def answer(self) -> web.StreamResponse:
        call = await self.open()
        tokens = self.usage(call).input
        self.admit(Demand(tokens))
        self.record.input_tokens = tokens
        stall = self.fault.seconds if self.fault is not None and self.fault.kind is Kind.STALL else 0.0
        await self.wait_until(self.first_token_at() + stall)
        if self.faulty(Kind.CUT, Kind.TRUNCATE):
            self.record.outcome = "cut"
            reset(self.request)
            return web.Response()
        answer = vectors(call, self.body, tokens, self.settings.embedding_dimensions)
        if self.faulty(Kind.FEW_VECTORS):
            answer["data"].pop()
        text = json.dumps(answer)
        text = text[:-9] if self.faulty(Kind.MALFORMED) else text
        return web.json_response(text=text, headers=self.headers())


class ModelList(Exchange):
    """The list of models, which costs nothing and has no faults."""

    async def answer(self) -> web.StreamResponse:
        self.check_key()
        return web.json_response(self.vendor.models(self.settings), headers=self.vendor.headers(self.request_id, []))
