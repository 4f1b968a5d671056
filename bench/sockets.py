"""Idle websockets on one web process: how many, what each costs, and how fast the process still is for others.

Every socket is a visitor of its own, who has said hello and got the snapshot of a new conversation. The echo is the
protocol's `ping` frame, sent over sockets chosen by chance. KiB are resident memory of the web process alone.
"""

import argparse
import resource
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import stage, trace, usage
from bench.orders import Helper
from bench.report import Figures, percentile

FIRST = 50  # sockets that are open before memory is looked at, so that what all share is there
STEP = 1000
SETTLE = 20.0  # seconds: longer than the followers' own rhythm
SPARE_FILES = 500
ECHO_RATE, ECHO_SECONDS = 100.0, 20.0


def add_arguments(command: argparse.ArgumentParser) -> None:
    """How many."""
    command.add_argument("--sockets", type=int, default=10_000, help="to open (%(default)s)")
    command.add_argument("--data", type=Path, metavar="FOLDER", help="the public data (PARLEY_BENCH_DATA)")


def run(options: argparse.Namespace) -> Figures:
    """Start one web server, open the sockets, measure."""
    _raise_file_limit(options.sockets + SPARE_FILES)
    kind = trace.kinds(trace.folder(options.data))[0]
    with stage.platform([kind], webs=1, workers=1) as stack:
        tokens = stage.seed(stack, [kind], {kind.number: options.sockets + FIRST})[str(kind.number)]
        holder = Helper("bench.holder")
        try:
            return _measure(stack, holder, tokens)
        finally:
            holder.stop()


def _measure(stack: Any, holder: Helper, tokens: list[str]) -> Figures:
    web, address = stack.web[0].process.pid, urlsplit(stack.web[0].url)
    where = {"host": address.hostname, "port": address.port}
    holder.ask(open=tokens[:FIRST], **where)
    time.sleep(2)
    empty, took, opened = usage.rss_mib(web), 0.0, FIRST
    for first in range(FIRST, len(tokens), STEP):
        found = holder.ask(open=tokens[first : first + STEP], **where)
        opened, took = found["opened"], took + found["seconds"]
        print(
            f"  {opened:6d} open, {usage.rss_mib(web):7.1f} MiB, the last {STEP} in {found['seconds']:.1f} s",
            flush=True,
        )
    time.sleep(SETTLE)
    idle = _cores(web, 20)
    echo = holder.ask(echo=ECHO_RATE, seconds=ECHO_SECONDS)
    times = [1000 * seconds for seconds in echo["times"]]
    return {
        "sockets_open": echo["open"],
        "kib_per_socket": 1024 * (usage.rss_mib(web) - empty) / max(opened - FIRST, 1),
        "echo_p50_ms": percentile(times, 0.5),
        "echo_p95_ms": percentile(times, 0.95),
        "opened_per_s": (len(tokens) - FIRST) / took,
        "web_mib_without": empty,
        "web_mib": usage.rss_mib(web),
        "web_cores_idle": idle,
    }


def _cores(pid: int, seconds: float) -> float:
    """How much of a core the process keeps busy."""
    before = usage.spent({"web": [pid]})["web"]
    time.sleep(seconds)
    return (usage.spent({"web": [pid]})["web"] - before) / 1000 / seconds


def _raise_file_limit(wanted: int) -> None:
    """For us and all that we start. Raises SystemExit where the system allows fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(f"{wanted} open files are needed and the system allows {hard}: raise `ulimit -Hn`.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
