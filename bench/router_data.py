"""The messages of the router's benchmark: hard ones of three public sets, simple ones of a fourth; with vectors."""

import hashlib
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy import float32
from numpy.typing import NDArray

HARD = ("mt_bench", "gsm8k", "mmlu")
SIMPLE = "clinc150"
SIMPLE_SHARE = 0.65
SEED = 20


@dataclass(frozen=True)
class Mix:
    """Messages with where they come from; `hard` needs a large model. `vectors` is (n, dimensions), L2-normalised."""

    texts: list[str]
    sources: NDArray[np.str_]
    hard: NDArray[np.bool_]
    vectors: NDArray[float32]

    def __len__(self) -> int:
        return len(self.texts)


def mixed(data: Path) -> Mix:
    """All of MT-Bench's first turns, all of GSM8K, the MMLU rows that only the strong model got right; and as many
    rows of CLINC150, drawn at random, as make 65 % of the mix."""
    hard = {name: list(_hard(data, name)) for name in HARD}
    wanted = round(sum(map(len, hard.values())) * SIMPLE_SHARE / (1 - SIMPLE_SHARE))
    simple = [row["text"] for row in _rows(data / "clinc150.jsonl")]
    by_source = {**hard, SIMPLE: random.Random(SEED).sample(simple, min(wanted, len(simple)))}
    texts = [text for found in by_source.values() for text in found]
    sources = np.array([name for name, found in by_source.items() for _ in found])
    return Mix(texts, sources, sources != SIMPLE, embedded(texts))


def _hard(data: Path, name: str) -> Iterator[str]:
    if name == "mt_bench":
        yield from (row["turns"][0] for row in _rows(data / "mt_bench.jsonl"))
        return
    for row in _rows(data / f"routellm_{name}.jsonl"):
        if name == "gsm8k" or (row["strong_ok"] and not row["weak_ok"]):
            yield row["prompt"]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, filter(str.strip, lines))


def embedded(texts: Sequence[str]) -> NDArray[float32]:
    """Vectors by the installation's embedder; kept in the system's temporary folder for the next run."""
    from memory.embedding import embedder

    local = embedder()
    key = hashlib.sha256("\0".join([local.name, *texts]).encode()).hexdigest()[:24]
    kept = Path(tempfile.gettempdir()) / "parley-bench-vectors" / f"{key}.npy"
    if kept.is_file():
        found: NDArray[float32] = np.load(kept)
        return found
    print(f"  embedding {len(texts):,} messages, once …", flush=True)
    vectors = local.embed_all(list(texts))
    kept.parent.mkdir(exist_ok=True)
    np.save(kept, vectors)
    return vectors
