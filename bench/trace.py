"""Lengths and arrivals as in the Azure conversation trace (../shared/data/README.md says where it comes from)."""

import csv
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

FILE = "azure_llm_trace_conv.csv"
DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"
PARTS = 10


@dataclass(frozen=True)
class Kind:
    """One tenth of the trace's turns: what they have in the prompt and in the answer, in tokens, on average."""

    number: int
    context: int
    generated: int


def folder(given: Path | None) -> Path:
    """Where the public data is: --data, else PARLEY_BENCH_DATA, else beside the repository. Raises SystemExit."""
    found = given or Path(os.environ.get("PARLEY_BENCH_DATA", "") or DEFAULT)
    if not (found / FILE).is_file():
        raise SystemExit(f"{found / FILE} is not there. Name the folder of the public data: --data FOLDER.")
    return found


def kinds(data: Path) -> list[Kind]:
    """The trace in tenths by the length of the answer, shortest first, so that means and spread are the trace's."""
    with (data / FILE).open(newline="") as file:
        rows = sorted((int(row["GeneratedTokens"]), int(row["ContextTokens"])) for row in csv.DictReader(file))
    parts = [rows[part * len(rows) // PARTS : (part + 1) * len(rows) // PARTS] for part in range(PARTS)]
    return [
        Kind(number, round(fmean(context for _, context in part)), round(fmean(length for length, _ in part)))
        for number, part in enumerate(parts)
    ]


def arrivals(rate: float, seconds: float, seed: int) -> Iterator[tuple[float, int]]:
    """(seconds from the beginning, number of the kind) of open arrivals: Poisson, whatever is under way."""
    chance = random.Random(seed)
    at = chance.expovariate(rate)
    while at < seconds:
        yield at, chance.randrange(PARTS)
        at += chance.expovariate(rate)
