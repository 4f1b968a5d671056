"""RQ's own workers on the same jobs, in the same run: how many turns a second they do."""

import time

from bench import stage
from bench.report import Figures
from bench.trace import Kind
from tests.stack import Program

WORKERS = {"worker": "rq.worker.Worker", "simple_worker": "rq.worker.SimpleWorker"}
BURST = 100  # turns that wait: neither worker does so many in the time


def ratios(kinds: list[Kind], turns_per_s: float | None, seconds: float) -> Figures:
    """`ratio_to_worker` and `ratio_to_simple_worker`; only their own figures where ours was not measured."""
    figures: Figures = {}
    for name, path in WORKERS.items():
        rate = _turns_per_s(kinds, path, 2 * seconds)
        figures[f"{name}_turns_per_s"] = rate
        if turns_per_s is not None:
            figures[f"ratio_to_{name}"] = turns_per_s / max(rate, 1e-9)
    return figures


def _turns_per_s(kinds: list[Kind], worker_class: str, seconds: float) -> float:
    with stage.set_up(kinds, rate=BURST / 4, workers=0) as one:
        worker = _start(one, worker_class)
        try:
            return _measure(one, seconds)
        finally:
            worker.stop()


def _start(one: stage.Stage, worker_class: str) -> Program:
    serializer = "rq.serializers.JSONSerializer"
    arguments = ["rqworker", "turns", "--serializer", serializer, "--worker-class", worker_class]
    program = Program("stock", arguments, one.stack.environment(), one.stack.folder)
    program.start()
    return program


def _measure(one: stage.Stage, seconds: float) -> float:
    """Answers a second, as though their lengths were the trace's on average: only a few are done."""
    began, arrivals = time.monotonic(), [(0.02 * n, n % len(one.kinds), one.question()) for n in range(BURST)]
    one.visitors.begin(say=arrivals, patience=seconds)
    turns = [turn for turn in one.visitors.result()["turns"] if turn["outcome"] == "answer"]
    if not turns:
        raise RuntimeError(f"RQ's own worker answered nothing in {time.monotonic() - began:.0f} s:\n{one.stack.logs()}")
    ends = sorted(turn["ended"] for turn in turns)
    lengths = [stage.expected_seconds(one.kinds[turn["kind"]]) for turn in turns]
    usual = sum(map(stage.expected_seconds, one.kinds)) / len(one.kinds)
    took: float = ends[-1] - ends[0] + lengths[0]  # they began before the first one's end
    return len(turns) / took * (sum(lengths) / len(lengths)) / usual
