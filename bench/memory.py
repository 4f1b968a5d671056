"""Memory of one worker with 500 turns in flight."""

from bench import stage, usage
from bench.report import Figures
from bench.trace import Kind
from embedded.processes import wait_until

TURNS = 500
SLOTS = 600  # a tenth of a worker's slots is kept for background work
SPEED = 2.0  # tokens a second: the first answer is not done when the last turn comes
SECONDS = 30.0


def measure(kinds: list[Kind]) -> Figures:
    """`worker_rss_mib_at_500`, measured when the provider streams so many answers at once."""
    long = kinds[-4:]
    environment = {"PARLEY_CONCURRENCY": str(SLOTS), "PARLEY_FALL_OVER_SECONDS": "600"}
    with stage.set_up(kinds, rate=100, environment=environment) as one:
        idle = usage.rss_mib(one.stack.workers[0].process.pid)
        one.stack.simulator.set(tokens_per_second=SPEED)
        arrivals = [
            (SECONDS * number / TURNS, long[number % len(long)].number, one.question()) for number in range(TURNS)
        ]
        one.visitors.begin(say=arrivals, patience=1)
        peak = _peak(one)
        return {"worker_rss_mib_idle": idle, **peak}


def _peak(one: stage.Stage) -> Figures:
    seen = {"turns_in_flight": 0.0, "worker_rss_mib_at_500": 0.0}

    def enough() -> bool:
        streams = one.stack.simulator.stats(0)["streams"]["now"]
        if streams > seen["turns_in_flight"]:
            seen["turns_in_flight"] = streams
            seen["worker_rss_mib_at_500"] = usage.rss_mib(one.stack.workers[0].process.pid)
        return bool(streams >= TURNS)

    wait_until(enough, patience=2 * SECONDS, pause=0.5)
    return seen
