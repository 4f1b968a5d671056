"""What Parley adds to a turn, how many turns it carries, and what one costs.

Visitors on websockets ask as in the Azure conversation trace: lengths of its tenths, Poisson arrivals whatever is under
way. Overhead is the time from the ack to the request's arrival at the provider, and from the provider's first chunk to
the visitor's first delta; all clocks are the machine's monotonic one. A rate is sustained while what turns take
beyond the provider's own time does not grow.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import load, memory, stage, stock, trace
from bench.report import Figures

FULL, QUICK = 25.0, 11.0  # seconds of one load
FAST = 67.0  # turns a second: 4,000 requests a minute
SECTIONS = ("overhead", "capacity", "cpu", "memory", "stock")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Sizes; the defaults suit two cores."""
    command.add_argument("--only", metavar="PART,…", help=f"some of {','.join(SECTIONS)}; all by default")
    command.add_argument("--quick", action="store_true", help="half a minute: overhead at 5 a second, and CPU")
    command.add_argument("--rate", type=float, default=20.0, help="turns a second for `cpu`, where capacity is unknown")
    command.add_argument("--start", type=float, default=12.0, help="turns a second that capacity is searched from")
    command.add_argument("--webs", type=int, default=1, help="web processes")
    command.add_argument("--workers", type=int, default=1, help="worker processes")
    command.add_argument("--chunk-tokens", type=int, default=1, help="tokens in one chunk of the provider's stream")
    command.add_argument("--data", type=Path, metavar="FOLDER", help="the public data (PARLEY_BENCH_DATA)")


def run(options: argparse.Namespace) -> Figures:
    """Measure what is asked for. Raises SystemExit for a part that there is not, or without the data."""
    wanted = chosen(options.only, SECTIONS) if options.only else ("overhead", "cpu") if options.quick else SECTIONS
    kinds = trace.kinds(trace.folder(options.data))
    seconds = QUICK if options.quick else FULL
    figures: Figures = {}
    most = options.rate if options.quick else max(1.5 * FAST, options.rate)
    if {"overhead", "capacity", "cpu"} & set(wanted):
        with stage.set_up(kinds, rate=most, **_how(options)) as one:
            _warm(one)
            figures |= _loads(one, wanted, options, seconds)
    rate = figures.get("turns_per_s", 2 * options.rate) / 2
    if "cpu" in wanted:
        figures |= _without_embedding(kinds, options, rate, seconds)
    if "memory" in wanted:
        figures |= memory.measure(kinds)
    if "stock" in wanted:
        figures |= stock.ratios(kinds, figures.get("turns_per_s"), seconds)
    return figures


def chosen(only: str, sections: Sequence[str]) -> tuple[str, ...]:
    """The parts that --only names. Raises SystemExit."""
    wanted = tuple(part.strip() for part in only.split(","))
    if unknown := set(wanted) - set(sections):
        raise SystemExit(f"--only: no part is called {', '.join(sorted(unknown))}. There are: {', '.join(sections)}.")
    return wanted


def _how(options: argparse.Namespace) -> dict[str, Any]:
    return {"webs": options.webs, "workers": options.workers, "chunk_tokens": options.chunk_tokens}


def _loads(one: stage.Stage, wanted: Sequence[str], options: argparse.Namespace, seconds: float) -> Figures:
    figures: Figures = {}
    if "overhead" in wanted:
        figures |= load.overhead(one, 5, seconds, "5")
    if "capacity" in wanted:
        figures |= load.capacity(one, options.start, seconds)
    rate = figures["turns_per_s"] / 2 if "turns_per_s" in figures else options.rate
    if "capacity" in wanted or "cpu" in wanted:
        at_half = one.run(rate, seconds)
        figures |= load.overheads(at_half, "half" if "capacity" in wanted else f"{rate:g}")
        figures |= load.gaps(at_half) | load.cpu(at_half)
    if "overhead" in wanted and not options.quick:
        figures |= load.overhead(one, FAST, seconds, f"{FAST:g}")  # last: it may leave a long line behind
    return figures


def _without_embedding(kinds: list[trace.Kind], options: argparse.Namespace, rate: float, seconds: float) -> Figures:
    environment = {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    with stage.set_up(kinds, rate=rate, environment=environment, **_how(options)) as one:
        _warm(one)
        found = load.cpu(one.run(rate, seconds))
    return {"cpu_ms_per_turn_without_embedding": found["cpu_ms_per_turn"]}


def _warm(one: stage.Stage) -> None:
    """Every process has answered before anything is measured."""
    one.run(4, 4, settle=1)
