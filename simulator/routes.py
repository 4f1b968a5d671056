"""The vendors' paths. A further interface is a class like Chat, a vendor that reads its body, and a line
here."""

from collections.abc import Awaitable, Callable

from aiohttp import web

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
    ]
    for base in ("/v1", "/openai/v1"):
        routes += [
            web.post(f"{base}/chat/completions", handler(Chat, OpenAI())),
            web.post(f"{base}/embeddings", handler(Embeddings, OpenAIEmbeddings())),
            web.get(f"{base}/models", handler(ModelList, OpenAI())),
        ]
    return routes
