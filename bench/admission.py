"""A rate tier under tenfold overload, against a provider that enforces it; and another model's turns beside it.

For a minute ten times as many turns arrive as the tier lets out. The simulator keeps a continuous bucket of the same
rate, ten seconds' worth when full, and refuses what is beyond it. Then the tier is raised, so that the line is worked
off. `tier_share` is what was asked of the provider in that minute, of what the tier's rate and its own full bucket at
the beginning allow. An inversion is a turn that was let out in that minute after one that had been accepted later, by
more than TOLERANCE_S in both: turns get in line some time after they are accepted, when they have been claimed and
embedded, and those that are let out together reach their workers in any order.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import load, stage, trace
from bench.report import Figures, percentile
from bench.seed import model_name

LIMITS = {"requests": "requests_per_minute", "input": "input_tokens_per_minute", "output": "output_tokens_per_minute"}
PROVIDERS_BURST_S, OURS_S = 10.0, 2.0
SECONDS = 60.0
BESIDE = 3.0  # turns a second of the other model
RAISED = 15.0  # times, for working the line off
TOLERANCE_S = 0.25
PATIENCE = 400.0
ORDER = """
    SELECT extract(epoch FROM accepted_at)::float8, extract(epoch FROM admitted_at)::float8
    FROM conversations_turn WHERE model_name = %s AND admitted_at IS NOT NULL ORDER BY accepted_at
"""
RAISE = "UPDATE routing_ratetier SET {column} = {column} * %s, updated_at = now()"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Which limit binds, and how wide it is."""
    command.add_argument("--limit", choices=LIMITS, default="requests", help="the limit that binds (%(default)s)")
    command.add_argument("--per-second", type=float, default=2.0, help="turns a second that it allows (%(default)s)")
    command.add_argument("--seconds", type=float, default=SECONDS, help="of overload (%(default)g)")
    command.add_argument("--workers", type=int, default=2, help="worker processes")
    command.add_argument("--data", type=Path, metavar="FOLDER", help="the public data (PARLEY_BENCH_DATA)")


def run(options: argparse.Namespace) -> Figures:
    """Overload one kind's model, with another kind beside it."""
    beside, tight = trace.kinds(trace.folder(options.data))[1:3]
    kinds = [beside, tight]
    column, limit = LIMITS[options.limit], _a_minute(options.limit, tight, options.per_second)
    narrow = {tight.number: {column: limit, "burst_seconds": PROVIDERS_BURST_S}}
    offered = 10 * options.per_second
    with stage.platform(kinds, workers=options.workers, per_kind=narrow) as stack:
        turns = round(offered * options.seconds * 1.2)
        tier = {"kind": tight.number, column: limit, "burst_seconds": OURS_S}
        tokens = stage.seed(stack, kinds, {tight.number: turns, beside.number: 60}, tier=tier)
        with stage.visiting(stack, tokens) as crowd:
            one = stage.Stage(stack, kinds, crowd)
            found = _overload(one, tight, beside, offered, options.seconds, column)
    return _figures(found, options.limit, limit, options.seconds)


def _a_minute(limit: str, kind: trace.Kind, per_second: float) -> int:
    each = {"requests": 1, "input": kind.context, "output": kind.generated}[limit]
    return round(60 * per_second * each)


def _overload(
    one: stage.Stage, tight: trace.Kind, beside: trace.Kind, offered: float, seconds: float, column: str
) -> dict[str, Any]:
    coming = [
        *((at, tight.number, one.question()) for at, _ in trace.arrivals(offered, seconds, 1)),
        *((at, beside.number, one.question()) for at, _ in trace.arrivals(BESIDE, seconds, 2)),
    ]
    one.visitors.begin(say=sorted(coming), patience=PATIENCE)
    time.sleep(seconds)
    ended, ended_at = time.monotonic(), time.time()
    one.stack.simulator.set(per_model=stage.per_model(one.kinds, {}))
    one.stack.rows(RAISE.format(column=column), RAISED)
    result = one.visitors.result()
    stats = one.stack.simulator.stats(0)
    turns = {kind.number: [turn for turn in result["turns"] if turn["kind"] == kind.number] for kind in (tight, beside)}
    return {
        "tight": turns[tight.number],
        "beside": turns[beside.number],
        "without_client": result["without_client"],
        "served": one.served()[0],
        "model": model_name(tight.number),
        "refused": sum(counts.get("429", 0) for counts in stats["by_model"].values()),
        "order": one.stack.rows(ORDER, model_name(tight.number)),
        "window": (result["started"], ended),
        "ended_at": ended_at,
    }


def _figures(found: Mapping[str, Any], limit: str, a_minute: int, seconds: float) -> Figures:
    records = [record for record in found["served"].values() if record["model"] == found["model"]]
    used = sum(_used(record, limit, found["window"]) for record in records)
    waits = [later - earlier for earlier, later in found["order"]]
    beside = load.overheads_of(found["beside"], found["served"])
    return {
        "tier_share": used / (a_minute / 60 * (seconds + OURS_S)),
        "provider_429": found["refused"],
        "dropped": sum(turn["outcome"] != "answer" for turn in found["tight"]) + found["without_client"],
        "inversions": inversions([pair for pair in found["order"] if pair[1] < found["ended_at"]], TOLERANCE_S),
        "inversions_after": inversions([pair for pair in found["order"] if pair[1] >= found["ended_at"]], TOLERANCE_S),
        "accepted": len(found["tight"]),
        "wait_p50_s": percentile(waits, 0.5),
        "wait_max_s": max(waits),
        "beside_turns": len(found["beside"]),
        "beside_dropped": sum(turn["outcome"] != "answer" for turn in found["beside"]),
        "beside_overhead_p50_ms": percentile(beside, 0.5),
        "beside_overhead_p95_ms": percentile(beside, 0.95),
    }


def _used(record: Mapping[str, Any], limit: str, window: tuple[float, float]) -> float:
    """What the request took of the limit inside the window. Output is spent as it is produced."""
    since, until = window
    if limit != "output":
        inside = since <= record["arrived_monotonic"] < until and record["status"] == 200
        return (1.0 if limit == "requests" else float(record["input_tokens"])) if inside else 0.0
    first = record["first_chunk_monotonic"]
    produced = 0.0 if first is None else (until - first) * stage.TOKENS_A_SECOND
    return min(max(produced, 0.0), float(record["output_tokens"]))


def inversions(order: list[tuple[float, float]], tolerance: float) -> int:
    """Turns, as (accepted, admitted), for which one accepted over `tolerance` s later was admitted as much earlier."""
    ordered, count, soonest, position = sorted(order), 0, float("inf"), len(order)
    for accepted, admitted in reversed(ordered):
        while position and ordered[position - 1][0] > accepted + tolerance:
            position -= 1
            soonest = min(soonest, ordered[position][1])
        count += soonest < admitted - tolerance
    return count
