"""What every embedder has in common: a name, a memory of recent texts, and threads of its own."""

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from django.core.checks import CheckMessage
from numpy.typing import NDArray

from memory.embedding.errors import EmbedderError
from memory.embedding.gathering import TOGETHER, Gathering
from memory.embedding.pauses import Pauses
from parley.words import forget_in_time, keeps_words

Vectors = NDArray[np.float32]
QUESTIONS = (1.0, 30.0)  # seconds, from and to, for which those who would wait do not ask it after it failed
BACKGROUND = (5.0, 300.0)  # the same for work that nobody waits for


class Embedder(ABC):
    """Texts to vectors of `dimensions` numbers, L2-normalised, so that a dot product is the cosine.

    `name` is stored beside every vector: vectors of different names are never compared. Give it another name
    whenever the same text would get another vector. Instances are shared by the threads of a process.
    `threads` bounds how many batches `aembed` computes at once, of up to `together` texts; `remembered` is the number
    of texts whose vectors are kept (4 bytes a dimension each).

    Of a class, `patience` is the seconds that a question waits for its vector (None: as long as it takes), `a_round`
    the texts that the background embeds every five seconds.
    """

    name: str
    dimensions: int
    patience: float | None = None
    a_round: int = 200

    def __init__(self, *, threads: int = 2, remembered: int = 2048, together: int = TOGETHER) -> None:
        self._threads = threads
        self._together = together
        self._remembered = remembered
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        keeps_words(self)
        self._process: _Process | None = None
        self.questions, self.background = Pauses(*QUESTIONS), Pauses(*BACKGROUND)

    @classmethod
    def named(cls, name: str, **options: Any) -> "Embedder | None":
        """The embedder of this class, with these options, whose vectors carry that name; None if there is none."""
        found = cls(**options)
        return found if found.name == name else None

    @abstractmethod
    def compute(self, texts: Sequence[str]) -> Vectors:
        """Vectors of distinct texts, in their order, shape (len(texts), dimensions). Raises EmbedderError when it is
        away or refuses.
        """

    def compute_soon(self, texts: Sequence[str]) -> Vectors:
        """`compute` for somebody who waits: a network embedder gives up after its `patience`."""
        return self.compute(texts)

    @abstractmethod
    def check(self) -> list[CheckMessage]:
        """What is wrong with the configuration and how to mend it; nothing is loaded."""

    def warm_up(self) -> None:
        """Load what is needed, so that the first visitor does not wait for it. Blocks for a second or so."""
        self.compute(["warm"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts in their order, shape (n, dimensions). Blocks: in a loop use `aembed`."""
        known = self._known(texts)
        if missing := [text for text in dict.fromkeys(texts) if text not in known]:
            computed = dict(zip(missing, self._fitting(missing, self.compute_soon(missing)), strict=True))
            self.remember(computed)
            known |= computed
        return self._stacked(texts, known)

    async def aembed(self, texts: Sequence[str]) -> Vectors:
        """`embed`, computed in a thread, together with what others asked meanwhile; at once when all is remembered."""
        known = self._known(texts)
        if all(text in known for text in texts):
            return self._stacked(texts, known)
        return await asyncio.wrap_future(self._of_process().gathering.ask(texts))

    def embed_all(self, texts: Sequence[str]) -> Vectors:
        """`embed` for a whole collection: shared among this embedder's threads, and not remembered. Blocks."""
        known = self._known(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        shares = [missing[first :: self._threads] for first in range(min(self._threads, len(missing)))]
        for share, vectors in zip(shares, self._of_process().threads.map(self.compute, shares), strict=True):
            known |= dict(zip(share, self._fitting(share, vectors), strict=True))
        return self._stacked(texts, known)

    def remember(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep these vectors, computed elsewhere by an embedder of the same name, for the texts that they belong to."""
        with self._lock:
            self._recent.update(vectors)
            forget_in_time()
            while len(self._recent) > self._remembered:
                self._recent.popitem(last=False)

    def forget_words(self) -> None:
        """Remember no text any more (parley.words)."""
        with self._lock:
            self._recent.clear()

    def _fitting(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """What was computed; another number of vectors, or of other dimensions, would be stored for good."""
        if vectors.shape != (len(texts), self.dimensions):
            wanted = f"{len(texts)} of {self.dimensions} numbers"
            raise EmbedderError(
                f"The embedder {self.name} made vectors of shape {vectors.shape} where {wanted} are due."
            )
        return vectors

    def _stacked(self, texts: Sequence[str], known: dict[str, Vectors]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def _known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            found = {text: self._recent[text] for text in texts if text in self._recent}
            for text in found:
                self._recent.move_to_end(text)
        return found

    def _of_process(self) -> "_Process":
        """Made anew in a forked child, where the parent's threads do not exist."""
        with self._lock:
            if self._process is None or self._process.id != os.getpid():
                threads = ThreadPoolExecutor(self._threads, thread_name_prefix="embed-all")
                self._process = _Process(os.getpid(), threads, Gathering(self.embed, self._threads, self._together))
            return self._process


class _Process(NamedTuple):
    id: int
    threads: ThreadPoolExecutor
    gathering: Gathering
