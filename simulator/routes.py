"""The vendors' paths. A further interface is a class like Chat, a vendor that reads its body, and a line
here."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator.batches import anthropic as message_batches
from simulator.batches import files
from simulator.batches import openai as batches
from simulator.chat import Chat
from simulator.exchange import Exchange
from simulator.lists import Embeddings, ModelList
from simulator.vendors.anthropic import Anthropic
from simulator.vendors.base import Vendor
from simulator.vendors.openai import OpenAI
from simulator.vendors.openai_embeddings import OpenAIEmbeddings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def handler(kind: type[Exchange], vendor: Vendor) -> Handler:
    """A request handler that runs one exchange of this kind."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await kind(request, vendor).run()

    return handle


def vendor_routes() -> list[web.RouteDef]:
    """Anthropic below /anthropic; OpenAI at /v1, where its compatible servers are, and below /openai."""
    routes = [
        web.post("/anthropic/v1/messages", handler(Chat, Anthropic())),
        web.get("/anthropic/v1/models", handler(ModelList, Anthropic())),
        *_anthropic_batches("/anthropic/v1/messages/batches", Anthropic()),
    ]
    for base in ("/v1", "/openai/v1"):
        routes += [
            web.post(f"{base}/chat/completions", handler(Chat, OpenAI())),
            web.post(f"{base}/embeddings", handler(Embeddings, OpenAIEmbeddings())),
            web.get(f"{base}/models", handler(ModelList, OpenAI())),
            *_openai_batches(base, OpenAI()),
        ]
    return routes


def _anthropic_batches(base: str, vendor: Vendor) -> list[web.RouteDef]:
    return [
        web.post(base, handler(message_batches.CreateBatch, vendor)),
        web.get(base, handler(message_batches.ListBatches, vendor)),
        web.get(base + "/{id}", handler(message_batches.ShowBatch, vendor)),
        web.delete(base + "/{id}", handler(message_batches.DeleteBatch, vendor)),
        web.get(base + "/{id}/results", handler(message_batches.BatchResults, vendor)),
        web.post(base + "/{id}/cancel", handler(message_batches.CancelBatch, vendor)),
    ]


def _openai_batches(base: str, vendor: Vendor) -> list[web.RouteDef]:
    return [
        web.post(base + "/files", handler(files.SendFile, vendor)),
        web.get(base + "/files/{id}", handler(files.ShowFile, vendor)),
        web.delete(base + "/files/{id}", handler(files.DeleteFile, vendor)),
        web.get(base + "/files/{id}/content", handler(files.ReadFile, vendor)),
        web.post(base + "/batches", handler(batches.CreateBatch, vendor)),
        web.get(base + "/batches", handler(batches.ListBatches, vendor)),
        web.get(base + "/batches/{id}", handler(batches.ShowBatch, vendor)),
        web.post(base + "/batches/{id}/cancel", handler(batches.CancelBatch, vendor)),
    ]
