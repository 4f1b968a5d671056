"""OpenAI Embeddings: the body of the call and of the answer."""

from array import array
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from simulator.text import vector
from simulator.vendors.base import Call, Cause, Refusal, read_count, read_model
from simulator.vendors.openai import OpenAI


class OpenAIEmbeddings(OpenAI):
    """As the chat interface, with another body."""

    def read(self, headers: Mapping[str, str], body: dict[str, object]) -> Call:  # noqa: ARG002 - Vendor's
        if body.get("encoding_format", "float") not in ("float", "base64"):
            what = "encoding_format: must be float or base64"
            raise Refusal(400, Cause.BODY, what, parameter="encoding_format")
        read_count(body, "dimensions")
        return Call(read_model(body), "", sum(map(len, texts(body))))


def texts(body: dict[str, object]) -> list[str]:
    """The input as a list of texts: a string, token numbers, or a list of either; numbers become words."""
    given = body.get("input")
    items = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
    found = [" ".join(map(str, item)) if isinstance(item, list) else item for item in items]
    if not all(isinstance(item, str) and item for item in found):
        what = "input: must be a text that is not empty, or a list of them"
        raise Refusal(400, Cause.BODY, what, parameter="input")
    return [str(item) for item in found]


def vectors(call: Call, body: dict[str, object], tokens: int, dimensions: int) -> dict[str, Any]:
    """The body of the answer; `dimensions` is the length of a vector if the call does not say."""
    base64 = body.get("encoding_format") == "base64"
    length = read_count(body, "dimensions") or dimensions
    data = [
        {"object": "embedding", "index": place, "embedding": _embedding(text, length, base64=base64)}
        for place, text in enumerate(texts(body))
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": call.model, "usage": usage}


def _embedding(text: str, dimensions: int, *, base64: bool) -> list[float] | str:
    values = vector(text, dimensions)
    return b64encode(array("f", values).tobytes()).decode() if base64 else values
