"""What seeing a turn costs: spans, statistics and held logs together, as the product does them, in processor time.

A process carries turns at `--rate` a second: open arrivals, the product's own calls (`conversations.turns.observing`),
real questions and prompts, everything that writes at work as it is in a worker. Then it carries as many without any of
it; what is left between the two is what seeing costs. The conversations are decided about at the end, one half hour
later by Redis's list of what is due. `added_ms_per_turn` is all of it in our processes; what Postgres and Redis take is
told beside it, and `added_ms_with_servers` has both.
"""

import argparse

from bench import usage
from bench.database import running_redis
from bench.orders import Helper
from bench.report import Figures

SECONDS = 60


def measure(options: argparse.Namespace) -> Figures:
    """All figures, in milliseconds of processor time for a turn unless their names say otherwise."""
    with running_redis() as valkey:
        servers = {"postgres": [options.postgres._process.pid], "redis": [valkey._process.pid]}  # noqa: SLF001
        environment = {"REDIS_URL": valkey.url, "PARLEY_STATISTICS_SECONDS": "5"}
        process = Helper("bench.observed", **environment)
        try:
            return _measured(process, servers, options)
        finally:
            process.stop()


def _measured(process: Helper, servers: dict[str, list[int]], options: argparse.Namespace) -> Figures:
    seconds = SECONDS / 10 if options.quick else SECONDS
    order = {"rate": options.rate, "seconds": seconds, "seed": options.seed}
    process.ask(carry={**order, "seconds": 5}, watched=True)  # imports, statements to be prepared, dictionaries
    process.ask(decide=True)
    plain, plain_servers = _with_servers(process, servers, carry=order, watched=False)
    watched, watched_servers = _with_servers(process, servers, carry=order, watched=True)
    decided, deciding_servers = _with_servers(process, servers, decide=True)
    turns = watched["turns"]
    ours = {
        "in_the_turn_ms": (watched["loop"] - plain["loop"]) / turns,
        "writing_logs_ms": (watched["logs"] - plain["logs"]) / turns,
        "writing_statistics_and_traces_ms": (watched["statistics"] - plain["statistics"]) / turns,
        "deciding_ms": decided["ms"] / turns,
    }
    theirs = {
        f"{name}_ms": (watched_servers[name] - plain_servers[name] + deciding_servers[name]) / turns for name in servers
    }
    return {
        "added_ms_per_turn": sum(ours.values()),
        **ours,
        **theirs,
        "added_ms_with_servers": sum(ours.values()) + sum(theirs.values()),
        **process.ask(count=options.seed),
        "kept_share": decided["kept"] / max(decided["decided"], 1),
    }


def _with_servers(process: Helper, servers: dict[str, list[int]], **order: object) -> tuple[dict[str, float], Figures]:
    before = usage.spent(servers)
    result = process.ask(**order)
    after = usage.spent(servers)
    return result, {name: after[name] - before[name] for name in servers}
