"""Loads on a stage, and the figures that they give."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.report import Figures, percentile
from bench.stage import TOKENS_A_SECOND, Run, Stage, mark

PRODUCT = ("worker", "web", "database", "redis")
GROWTH_S = 0.3  # that turns may take longer at a load's end than at its beginning
MOST_LAG_S = 1.0  # beyond the provider's own time: more is a backlog from the load's first seconds


def overhead(stage: Stage, rate: float, seconds: float, name: str) -> Figures:
    """Overhead at a rate that may be beyond what is sustained."""
    return overheads(stage.run(rate, seconds, patience=180), name)


def overheads(run: Run, name: str) -> Figures:
    """Of every answered turn; `unanswered` is there to be 0."""
    turns = run.answered
    before = [1000 * (run.record(turn)["arrived_monotonic"] - turn["acknowledged"]) for turn in turns]
    after = [1000 * (first_words(turn) - run.record(turn)["first_chunk_monotonic"]) for turn in turns]
    both = overheads_of(turns, run.served)
    _warn(run, name)
    return {
        f"turns_at_{name}": len(turns),
        f"unanswered_at_{name}": len(run.turns) - len(turns) + run.without_client,
        f"ack_p95_ms_at_{name}": percentile([1000 * (turn["acknowledged"] - turn["due"]) for turn in turns], 0.95),
        f"accepted_to_provider_p95_ms_at_{name}": percentile(before, 0.95),
        f"first_token_to_delta_p95_ms_at_{name}": percentile(after, 0.95),
        f"overhead_p50_ms_at_{name}": percentile(both, 0.5),
        f"overhead_p95_ms_at_{name}": percentile(both, 0.95),
    }


def overheads_of(turns: Iterable[Mapping[str, Any]], served: Mapping[str, Mapping[str, Any]]) -> list[float]:
    """Milliseconds of each answered turn: from the ack to the provider, and from its first chunk to the first delta."""
    pairs = [(turn, served[mark(turn)]) for turn in turns if turn["outcome"] == "answer"]
    return [
        1000 * (record["arrived_monotonic"] - turn["acknowledged"])
        + 1000 * (first_words(turn) - record["first_chunk_monotonic"])
        for turn, record in pairs
    ]


def first_words(turn: Mapping[str, Any]) -> float:
    """When the visitor saw the first of the answer (monotonic seconds); a short one comes whole, without a delta."""
    return float(turn["first_delta"] or turn["ended"])


def gaps(run: Run) -> Figures:
    """The longest times between two deltas that visitors saw, without the provider's time for a token."""
    found = [1000 * (turn["gap"] - 1 / TOKENS_A_SECOND) for turn in run.answered if turn["deltas"] > 1]
    return {"delta_gap_p50_ms": percentile(found, 0.5), "largest_delta_gap_ms": max(found)}


def cpu(run: Run) -> Figures:
    """CPU milliseconds for one turn, each group apart."""
    found = run.cpu_ms_per_turn()
    shares = {f"cpu_{name}_ms": ms for name, ms in found.items()}
    return {
        **shares,
        "cpu_ms_per_turn": sum(found[name] for name in PRODUCT),
        "cpu_strangers_cores": run.strangers,
        "loop_ms": run.loop_ms,
    }


def capacity(stage: Stage, start: float, seconds: float) -> Figures:
    """The highest rate found at which the backlog does not grow: up by steps of 1.4, then halfway between, twice."""
    good, bad, rate = 0.0, 0.0, start
    for _ in range(10):
        if _sustained(stage, rate, seconds):
            good = rate
        else:
            bad = rate
        if bad and (bad - good) / bad < 0.12:
            break
        rate = (good + bad) / 2 if bad else rate * 1.4
    return {"turns_per_s": good}


def _sustained(stage: Stage, rate: float, seconds: float) -> bool:
    run = stage.run(rate, seconds, patience=120)
    turns = [turn for turn in run.answered if turn["due"] >= run.since]
    middle = (run.since + run.until) / 2
    lags = [[stage.lag(turn) for turn in turns if (turn["due"] >= middle) == late] for late in (False, True)]
    first, last = (percentile(lag, 0.5) if lag else 0.0 for lag in lags)
    unanswered = len(run.turns) - len(run.answered) + run.without_client
    kept = not unanswered and last - first < GROWTH_S and last < MOST_LAG_S
    cores = sum(run.spent.values()) / 1000 / (run.until - run.since)
    print(
        f"  {rate:6.1f} turns/s {'sustained' if kept else 'too much'}: {1000 * first:.0f} ms beyond the provider, "
        f"then {1000 * last:.0f}; {unanswered} unanswered; {cores:.2f} cores ours, {run.strangers:.2f} others'",
        flush=True,
    )
    return kept


def _warn(run: Run, name: str) -> None:
    if run.strangers > 0.2:
        print(f"  at {name}: other programs kept {run.strangers:.2f} cores busy; measure again on a quiet machine")
    if run.late_ms > 50:
        print(f"  at {name}: the simulator fell {run.late_ms:.0f} ms behind its own plan")
