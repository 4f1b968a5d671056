"""A crowd of contacts with memories, written the fast way: skewed, with sentences out of the demo's articles.

Sizes follow a power law (the heaviest ten have 5,000 each or a tenth of all, the median is 6 at ten a contact); the
vectors are spread as real ones are.
"""

import random
import re
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

HEAVIEST, HEAVY = 5_000, 10
SKEW = 0.62
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
YEAR = 365 * 86400
HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COLUMNS = "contact_id, kind, subject, text, said_at, confidence, importance, origin, embedding, embedder"
ARTICLES = Path(__file__).resolve().parents[1] / "memory" / "demo" / "articles"


@dataclass(frozen=True)
class Crowd:
    """Contacts and how many memories each has, heaviest first."""

    contacts: list[uuid.UUID]
    sizes: list[int]

    def distribution(self) -> str:
        """One line for the report."""
        total = sum(self.sizes)
        places = ((share, self.sizes[int(share * (len(self.sizes) - 1))]) for share in (0, 0.01, 0.1, 0.5, 0.9))
        parts = [f"{share:.0%} of contacts: {size}" for share, size in places]
        drawn = [f"{share:.0%} of draws from {self._drawn(share)} or more" for share in (0.01, 0.05, 0.25, 0.5)]
        return f"{total:,} memories of {len(self.sizes):,} contacts; " + ", ".join(parts) + "; " + ", ".join(drawn)

    def _drawn(self, share: float) -> int:
        seen, wanted = 0, share * sum(self.sizes)
        for size in self.sizes:
            seen += size
            if seen >= wanted:
                return size
        return self.sizes[-1]


def sizes(memories: int, contacts: int) -> list[int]:
    """So many memories, shared among the contacts."""
    heavy = min(HEAVIEST, max(memories // (HEAVY * 10), 1))
    weights = [(rank + 1) ** -SKEW for rank in range(contacts)]
    first = [heavy] * HEAVY
    rest = memories - sum(first)
    scale = rest / sum(weights[HEAVY:])
    others = [max(1, min(heavy, round(weight * scale))) for weight in weights[HEAVY:]]
    return first + others


def fill(superuser_url: str, memories: int, contacts: int, *, site: int, embedder: str, seed: int) -> Crowd:
    """Write them by binary COPY, as the server's administrator: COPY does not pass a policy."""
    chance = random.Random(seed)
    ids = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(contacts)]
    crowd = Crowd(ids, sizes(memories, contacts))
    with psycopg.connect(superuser_url) as connection:
        with connection.cursor().copy("COPY people_contact (id, site_id, key, name, email) FROM STDIN") as copy:
            for one in ids:
                copy.write_row((one, site, f"anon:{one.hex}", "", ""))
        with connection.cursor().copy(f"COPY memory_usermemory ({COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER)
            for block in _blocks(rows(crowd, embedder, chance)):
                copy.write(block)
            copy.write(struct.pack(">h", -1))
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE memory_usermemory")
        connection.execute("VACUUM ANALYZE people_contact")
    return crowd


def rows(crowd: Crowd, embedder: str, chance: random.Random) -> Iterator[bytes]:
    """Each memory as COPY's binary format has it, in no order of contacts: they came one by one."""
    order = np.repeat(np.arange(len(crowd.sizes)), crowd.sizes)
    np.random.default_rng(chance.getrandbits(32)).shuffle(order)
    words, vectors = vocabulary(), halfvectors(chance.getrandbits(32))
    now = (datetime.now(UTC) - EPOCH).total_seconds()
    for number in order:
        yield _row(
            crowd.contacts[number].bytes, b"fact", b"", sentence(words, chance).encode(),
            struct.pack(">q", int((now - chance.random() * YEAR) * 1e6)), struct.pack(">d", 1.0),
            struct.pack(">d", chance.random()), b"model", vectors[chance.randrange(len(vectors))], embedder.encode(),
        )  # fmt: skip


def vocabulary() -> list[str]:
    """The words of the demo's articles, in their order."""
    return [word for file in sorted(ARTICLES.rglob("*.md")) for word in re.findall(r"[A-Za-z][a-z]+", file.read_text())]


def sentence(words: list[str], chance: random.Random) -> str:
    """Eight to sixteen words that stood together."""
    first = chance.randrange(len(words) - 16)
    return " ".join(words[first : first + chance.randint(8, 16)])


def vectors(seed: int, count: int, dimensions: int = 384) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """Directions whose cosines spread as those of the demo's sentences by MiniLM do: 0.145 on average, ± 0.12.

    Random directions in 51 dimensions, the same ones for every seed, around a common one.
    """
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((dimensions, 52)))[0].T.astype(np.float32)
    spread = np.random.default_rng(seed).standard_normal((count, 51), dtype=np.float32)
    spread /= np.linalg.norm(spread, axis=1, keepdims=True)
    common = 0.145**0.5
    made: np.ndarray[Any, np.dtype[np.float32]] = common * basis[0] + (1 - common**2) ** 0.5 * (spread @ basis[1:])
    return made


def halfvectors(seed: int, count: int = 20_000, dimensions: int = 384) -> list[bytes]:
    """The same in pgvector's binary format."""
    made = vectors(seed, count, dimensions)
    head = struct.pack(">hh", dimensions, 0)
    return [head + row.astype(">f2").tobytes() for row in made]


def _row(*values: Any) -> bytes:
    return struct.pack(">h", len(values)) + b"".join(struct.pack(">i", len(value)) + value for value in values)


def _blocks(pieces: Iterator[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= size:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)
