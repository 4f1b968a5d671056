"""The edge to servers of OpenAI's kind: their client, what they answer, and their errors in our words.

Nothing of an exception's own text is passed on unseen, and the key is cut out of a server's words.
"""

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from memory.embedding.base import Vectors
from memory.embedding.errors import EmbedderError, TextRefused

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import CreateEmbeddingResponse

LONGEST_DETAIL = 300  # characters that are shown of a server's own words
LONGEST_WAIT = 3600.0
CONNECT = 3.0  # seconds
NO_KEY = "none"  # the SDK insists on one
TOO_LONG = ("context length", "too long", "too large", "maximum input", "token limit", "tokens per request")


@dataclass(frozen=True)
class Server:
    """Where the model is; `base_url` empty: at OpenAI."""

    base_url: str
    model: str
    key: str = field(repr=False)

    def __str__(self) -> str:
        parts = urlsplit(self.base_url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path.rstrip('/')}" if host else "OpenAI"


class Passing(EmbedderError):
    """It may be another time."""


class TooLong(EmbedderError):
    """Too much at once, or too long a text."""


def client(server: Server) -> "OpenAI":
    """The SDK's client. It neither tries again nor follows a redirect, along which the key would go."""
    import httpx2
    import openai

    for name, level in (("openai", logging.INFO), ("httpx2", logging.WARNING)):  # their debug lines hold whole requests
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(level)
    http = openai.DefaultHttpxClient(follow_redirects=False, timeout=httpx2.Timeout(30.0, connect=CONNECT))
    base_url = server.base_url or "https://api.openai.com/v1"
    made = openai.OpenAI(api_key=server.key or NO_KEY, base_url=base_url, max_retries=0, http_client=http)
    if server.base_url:  # taken from the environment, and OpenAI's business only
        made.organization = made.project = None
    return made


def vectors(server: Server, answer: "CreateEmbeddingResponse", texts: int, dimensions: int) -> Vectors:
    """The vectors in the order of the texts, normalised. Raises EmbedderError for anything but what was asked for."""
    data = list(answer.data or ())
    if len(data) != texts:
        raise EmbedderError(f"{server} returned {len(data)} vectors for {texts} texts. Is it an embedding server?")
    if {one.index for one in data} == set(range(texts)):
        data.sort(key=lambda one: one.index)
    wrong = next((len(one.embedding) for one in data if len(one.embedding) != dimensions), None)
    if wrong is not None:
        raise EmbedderError(
            f"{server} returned vectors of {wrong} numbers for model {server.model!r}; {dimensions} were expected. "
            f"Set PARLEY_EMBEDDER_DIMENSIONS={wrong}, or name another model."
        )
    found = np.array([one.embedding for one in data], dtype=np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EmbedderError(f"{server} returned a vector that has no direction. Look at the log of that server.")
    return np.asarray(found / lengths, dtype=np.float32)


def translated(server: Server, error: Exception) -> EmbedderError:
    """What an SDK's exception means, and what to do."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return _refused(server, error)
    if isinstance(error, openai.APITimeoutError):
        return Passing(f"{server} did not answer in time.")
    if isinstance(error, openai.APIConnectionError):
        return Passing(f"{server} cannot be reached. Check PARLEY_EMBEDDER_BASE_URL and the network.")
    return EmbedderError(f"{server} answered what is no embedding. Check PARLEY_EMBEDDER_BASE_URL, which ends in /v1.")


def _refused(server: Server, error: Any) -> EmbedderError:
    status, said = error.status_code, _words(server, error)
    kind: type[EmbedderError] = EmbedderError
    match status:
        case 401 | 403:
            message = f"{server} refused the API key ({status}). Check PARLEY_EMBEDDER_API_KEY or OPENAI_API_KEY."
        case 404:
            message = f"{server} has no model {server.model!r}, or no such address ({status}{said}). "
            message += "Check PARLEY_EMBEDDER_MODEL and PARLEY_EMBEDDER_BASE_URL, which ends in /v1."
        case 413 | 400 | 422 if status == 413 or any(words in said.lower() for words in TOO_LONG):
            kind, message = TooLong, f"{server} finds the text too long ({status}{said})."
        case 400 | 422:
            kind, message = TextRefused, f"{server} refused the text ({status}{said})."
        case 429 if "insufficient_quota" in str(error.body):
            message = f"The account at {server} has no credit left ({status}{said}). Add credit, or raise its limit."
        case 408 | 409 | 425 | 429:
            kind, message = Passing, f"{server} limits how often we may ask ({status}{said})."
        case _ if status < 400:
            message = f"{server} sends us elsewhere ({status}). Check PARLEY_EMBEDDER_BASE_URL."
        case _:
            kind, message = Passing, f"{server} failed ({status}{said})."
    return kind(message, retry_after=_retry_after(error.response.headers))


def _words(server: Server, error: Any) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    said = str(body.get("message") or body.get("detail") or "")
    if server.key:
        said = said.replace(server.key, "…")
    return f": {' '.join(said.split())[:LONGEST_DETAIL]}" if said else ""


def _retry_after(headers: Any) -> float | None:
    """Seconds, from either header; dates are left to the growing pauses."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(max(float(headers[name]) * unit, 0.0), LONGEST_WAIT)
        except (KeyError, ValueError):
            continue
    return None
