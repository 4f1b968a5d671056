"""OpenAI's embeddings, and those of every server that speaks the same: vLLM, Ollama, llama.cpp, gateways.

    {"BACKEND": "memory.embedding.openai.OpenAIEmbedder", "OPTIONS": {"model": "…", "api_key": "…"}}

Limits, from "Create embeddings" in OpenAI's API reference: 2048 texts and 300,000 tokens a request, 8192 tokens a text.
A token is a byte at least, so that bytes keep within them without a tokenizer.
"""

import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from memory.embedding import openai_answers as answers
from memory.embedding.base import Embedder, Vectors
from memory.embedding.errors import EmbedderError, TextRefused

if TYPE_CHECKING:
    from openai import OpenAI

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
MOST_DIMENSIONS = 16_000  # that pgvector's halfvec holds
MOST_TEXTS = 256  # of one request
MOST_BYTES, TEXT_BYTES = 250_000, 8000  # of one request; of one text
SHORTEST = 200  # characters that no model finds too long
TRIES, LONGEST_PAUSE = 3, 5.0  # of one request in the background; seconds that a thread sleeps between them
PREFIX = "openai:"
SHORTENED = re.compile(r"~[0-9a-f]{8}$")
BLANK = "(empty)"  # the vendor refuses texts without anything in them


class OpenAIEmbedder(Embedder):
    """`dimensions` may be left out for OpenAI's own models. The name does not hold the server: two that serve a model
    of one name are taken to make the same vectors. `timeout` is of a request in the background, in seconds.
    """

    patience = 2.5
    a_round = 2000

    def __init__(
        self,
        *,
        model: str = "text-embedding-3-small",
        dimensions: int | None = None,
        base_url: str = "",
        api_key: str = "",
        timeout: float = 30.0,
        patience: float = patience,
        threads: int = 4,
        remembered: int = 1024,
        together: int = 64,
    ) -> None:
        super().__init__(threads=threads, remembered=remembered, together=together)
        self.model, self.dimensions = model, _dimensions(model, dimensions)
        self.name = _name(model, self.dimensions)
        self.patience = patience
        self._timeout, self._key = timeout, api_key
        self._server = answers.Server(base_url, model, api_key)
        self._asks_dimensions = self.dimensions != DIMENSIONS.get(model)
        self._making = threading.Lock()
        self._client: tuple[int, OpenAI] | None = None

    @classmethod
    def named(cls, name: str, **options: Any) -> "Embedder | None":
        """Model and dimensions are in the name; where the server is, and its key, in the options."""
        model, _, dimensions = name.removeprefix(PREFIX).rpartition(":")
        if not name.startswith(PREFIX) or not model or not dimensions.isdecimal() or SHORTENED.search(model):
            return None
        return cls(**{**options, "model": model, "dimensions": int(dimensions)})

    def check(self) -> list[CheckMessage]:
        """Errors for an address that is none and for a key that is missing or cannot be sent."""
        found: list[CheckMessage] = []
        address, hosted = self._server.base_url, not self._server.base_url
        if address and (urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname):
            hint = "Set PARLEY_EMBEDDER_BASE_URL to something like http://127.0.0.1:11434/v1."
            found.append(Error("The embedder's address is none.", hint=hint, id="memory.E010"))
        if hosted and not self._key:
            hint = "Set OPENAI_API_KEY or PARLEY_EMBEDDER_API_KEY, or PARLEY_EMBEDDER=minilm."
            found.append(Error("The OpenAI embedder has no API key.", hint=hint, id="memory.E011"))
        if not (self._key.isascii() and self._key.isprintable()) or " " in self._key:
            hint = "Copy the key again, without blanks, line breaks or quotation marks around it."
            found.append(Error("The embedder's API key cannot be one.", hint=hint, id="memory.E012"))
        return found

    def warm_up(self) -> None:
        """Import the SDK. Nothing is asked: it may be away, and a start costs nothing."""
        self._sdk()

    def compute(self, texts: Sequence[str]) -> Vectors:
        """With some patience: for the background."""
        return self._computed(texts, self._timeout, TRIES)

    def compute_soon(self, texts: Sequence[str]) -> Vectors:
        """Once, and quickly."""
        return self._computed(texts, self.patience or self._timeout, 1)

    def _computed(self, texts: Sequence[str], seconds: float, tries: int) -> Vectors:
        vectors = [self._answered(batch, seconds, tries) for batch in _batches([_sendable(text) for text in texts])]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dimensions), dtype=np.float32)

    def _answered(self, texts: list[str], seconds: float, tries: int) -> Vectors:
        for tried in count(1):
            try:
                return self._asked(texts, seconds)
            except answers.TooLong as error:
                return self._shorter(texts, seconds, tries, error)
            except answers.Passing as error:
                wait = error.retry_after if error.retry_after is not None else 0.5 * 2.0**tried
                if tried >= tries or wait > LONGEST_PAUSE:
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _asked(self, texts: list[str], seconds: float) -> Vectors:
        """One request. Servers that know no `dimensions` are asked without."""
        import openai

        told = self.dimensions if self._asks_dimensions else openai.omit
        try:
            answer = self._sdk().embeddings.create(input=texts, model=self.model, timeout=seconds, dimensions=told)
        except openai.BadRequestError as error:
            if self._asks_dimensions and "dimension" in str(error).lower():
                self._asks_dimensions = False
                return self._asked(texts, seconds)
            raise answers.translated(self._server, error) from None
        except (openai.OpenAIError, ValueError) as error:  # ValueError: what is no answer of this interface
            raise answers.translated(self._server, error) from None
        return answers.vectors(self._server, answer, len(texts), self.dimensions)

    def _shorter(self, texts: list[str], seconds: float, tries: int, error: EmbedderError) -> Vectors:
        """Half of them at a time; of a single text the first half."""
        middle = len(texts) // 2
        if middle:
            halves = (texts[:middle], texts[middle:])
            return np.concatenate([self._answered(half, seconds, tries) for half in halves])
        if len(texts[0]) <= SHORTEST:
            raise TextRefused(str(error)) from None
        return self._answered([texts[0][: len(texts[0]) // 2]], seconds, tries)

    def _sdk(self) -> "OpenAI":
        """Made anew in a forked child: connections must not be shared."""
        with self._making:
            if self._client is None or self._client[0] != os.getpid():
                self._client = os.getpid(), answers.client(self._server)
            return self._client[1]


def _dimensions(model: str, told: int | None) -> int:
    found = told or DIMENSIONS.get(model)
    if found is None:
        raise ImproperlyConfigured(
            f"How many numbers has a vector of the embedding model {model!r}? Set PARLEY_EMBEDDER_DIMENSIONS."
        )
    if not 0 < found <= MOST_DIMENSIONS:
        raise ImproperlyConfigured(f"An embedding model makes from 1 to {MOST_DIMENSIONS} numbers, not {found}.")
    return found


def _name(model: str, dimensions: int) -> str:
    """Within the 100 characters that are stored; of a longer model's name a digest stands for the end."""
    room = 100 - len(f"{PREFIX}:{dimensions}")
    if len(model) > room:
        model = f"{model[: room - 9]}~{sha256(model.encode()).hexdigest()[:8]}"
    return f"{PREFIX}{model}:{dimensions}"


def _sendable(text: str) -> str:
    return text.encode(errors="replace")[:TEXT_BYTES].decode(errors="ignore").replace("\0", " ").strip() or BLANK


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """As many together as a request takes."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode())
        if batch and (len(batch) == MOST_TEXTS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch
