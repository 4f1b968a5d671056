"""The stage of the turns' benchmarks: the platform, the simulator with the trace's lengths, visitors in a process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from bench import usage
from bench.harness import ROOT, running_stack
from bench.orders import Helper
from bench.seed import model_name
from bench.trace import PARTS, Kind, arrivals

PROVIDER = "Simulated Anthropic"
FIRST_TOKEN_SECONDS, TOKENS_A_SECOND = 0.5, 60.0
MARK = "#m-"
ANSWER = (Path(__file__).parent / "answer.md").read_text()
QUESTIONS = ROOT / "memory" / "demo" / "questions.jsonl"


@dataclass
class Run:
    """What came of a run: visitors' turns, the simulator's record of each, CPU by group between `since` and `until`.

    `strangers` are the cores that were busy with anything else meanwhile; `late_ms` is how far the simulator fell
    behind its own plan: where either is large, the figures are void. `loop_ms` is what a fixed piece of work took.
    """

    turns: list[dict[str, Any]]
    served: dict[str, dict[str, Any]]
    late_ms: float
    without_client: int
    spent: usage.Spent
    strangers: float
    loop_ms: float
    since: float
    until: float

    @property
    def answered(self) -> list[dict[str, Any]]:
        return [turn for turn in self.turns if turn["outcome"] == "answer"]

    def record(self, turn: Mapping[str, Any]) -> dict[str, Any]:
        """What the simulator noted of the turn."""
        return self.served[mark(turn)]

    def cpu_ms_per_turn(self) -> usage.Spent:
        """CPU of each group for one turn that ended in the measured time."""
        ended = sum(self.since <= turn["ended"] < self.until for turn in self.answered)
        return {name: ms / max(ended, 1) for name, ms in self.spent.items()}


class Stage:
    """A running platform that can be asked."""

    def __init__(self, stack: Any, kinds: list[Kind], visitors: Helper) -> None:
        self.stack, self.kinds, self.visitors = stack, kinds, visitors
        self._questions = [json.loads(line)["question"] for line in QUESTIONS.read_text().splitlines() if line]
        self._asked = 0
        self._usual = {kind.number: expected_seconds(kind) for kind in kinds}

    def groups(self) -> dict[str, list[int]]:
        """The process groups whose CPU is told apart."""
        return {
            "web": [program.process.pid for program in self.stack.web],
            "worker": [program.process.pid for program in self.stack.workers],
            "database": [self.stack.postgres._process.pid],  # noqa: SLF001 - only measured
            "redis": [self.stack.valkey._process.pid],  # noqa: SLF001
            "simulator": [self.stack.simulator.process.pid],
            "clients": [self.visitors.process.pid],
        }

    def question(self) -> str:
        """One that nobody asked before: its vector is not remembered."""
        self._asked += 1
        return f"{self._questions[self._asked % len(self._questions)]} {MARK}{self._asked:08d}"

    def run(self, rate: float, seconds: float, *, settle: float = 8.0, patience: float = 60.0, seed: int = 1) -> Run:
        """Let turns arrive at `rate` a second; CPU is measured from `settle` seconds to the last arrival."""
        self.stack.simulator.reset()
        coming = [(at, kind, self.question()) for at, kind in arrivals(rate, seconds, seed)]
        self.visitors.begin(say=coming, patience=patience)
        started = time.monotonic()
        time.sleep(settle)
        since, before, busy = time.monotonic(), usage.spent(self.groups()), usage.machine_ms()
        time.sleep((seconds - settle) / 2)
        loop = usage.loop_ms()
        time.sleep(max(started + seconds - time.monotonic(), 0))
        until, after, busy = time.monotonic(), usage.spent(self.groups()), usage.machine_ms() - busy
        result = self.visitors.result()
        served, late = self.served()
        spent = {name: after[name] - before[name] for name in after}
        strangers = (busy - sum(spent.values())) / 1000 / (until - since)
        return Run(result["turns"], served, 1000 * late, result["without_client"], spent, strangers, loop, since, until)

    def served(self) -> tuple[dict[str, dict[str, Any]], float]:
        """The simulator's records by the mark of the question, and its largest lateness in seconds."""
        stats = self.stack.simulator.stats()
        found = {json.dumps(one.pop("body")).rpartition(MARK)[2][:8]: one for one in stats["recent"]}
        return found, stats["late_seconds"]["max"]

    def lag(self, turn: Mapping[str, Any]) -> float:
        """Seconds that the turn took beyond the provider's own."""
        return float(turn["ended"] - turn["due"] - self._usual[turn["kind"]])


def mark(turn: Mapping[str, Any]) -> str:
    """What the turn's question is known by in the simulator's records."""
    return str(turn["text"].rpartition(MARK)[2])


PerKind = Mapping[int, Mapping[str, Any]]


def per_model(kinds: list[Kind], more: PerKind) -> dict[str, dict[str, Any]]:
    """The simulator's settings for each kind's model: the trace's length, and `more` by the kind's number."""
    return {model_name(kind.number): {"output_tokens": kind.generated, **more.get(kind.number, {})} for kind in kinds}


def simulated(kinds: list[Kind], more: PerKind, chunk_tokens: int = 1) -> dict[str, Any]:
    """The simulator's settings: real speeds, so many tokens in a chunk, and what its models differ in."""
    return {
        "time_to_first_token": FIRST_TOKEN_SECONDS,
        "tokens_per_second": TOKENS_A_SECOND,
        "chunk_tokens": chunk_tokens,
        "reply": ANSWER,
        "keep_requests": 50_000,
        "per_model": per_model(kinds, more),
    }


@contextmanager
def platform(
    kinds: list[Kind],
    *,
    webs: int = 1,
    workers: int = 1,
    environment: Mapping[str, str] | None = None,
    per_kind: PerKind | None = None,
    chunk_tokens: int = 1,
) -> Iterator[Any]:
    """The processes, without limits of our own on visitors, and a simulator with the kinds' lengths."""
    more = {"PARLEY_ADDRESS_MESSAGES_PER_MINUTE": "10000000", "PARLEY_STALL_SECONDS": "15", **(environment or {})}
    with running_stack(
        webs=webs, workers=workers, environment=more, **simulated(kinds, per_kind or {}, chunk_tokens)
    ) as stack:
        yield stack


@contextmanager
def set_up(kinds: list[Kind], *, rate: float, **how: Any) -> Iterator[Stage]:
    """Start everything as `how` tells `platform`, with visitors for `rate` turns a second; all ends with the block."""
    with platform(kinds, **how) as stack:
        tokens = seed(stack, kinds, {kind.number: visitors_for(kind, rate) for kind in kinds})
        with visiting(stack, tokens) as crowd:
            yield Stage(stack, kinds, crowd)


@contextmanager
def visiting(stack: Any, tokens: Mapping[str, list[str]]) -> Iterator[Helper]:
    """The process of the visitors, each connected once."""
    crowd = Helper("bench.client")
    try:
        pairs = [(int(kind), token) for kind, many in tokens.items() for token in many]
        crowd.ask(connect=pairs, url=stack.web[0].url)
        yield crowd
    finally:
        crowd.stop()


def visitors_for(kind: Kind, rate: float) -> int:
    """Twice as many as are waiting for an answer at a time when `rate` turns of all kinds arrive a second."""
    return 10 + ceil(2 * rate / PARTS * expected_seconds(kind))


def expected_seconds(kind: Kind) -> float:
    """How long the provider takes for an answer of this kind."""
    return FIRST_TOKEN_SECONDS + kind.generated / TOKENS_A_SECOND


def seed(
    stack: Any, kinds: list[Kind], visitors: Mapping[int, int], *, tier: Mapping[str, Any] | None = None
) -> dict[str, list[str]]:
    """A site and a model for each kind; session tokens of so many visitors, by the kind's number.

    `tier` is a RateTier's fields for the model of one `kind`.
    """
    plan = {
        "kinds": [(kind.number, kind.context, visitors[kind.number]) for kind in kinds],
        "provider": PROVIDER,
        "base": stack.simulator.anthropic_url,
        "tier": tier,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.seed"],
        env={**stack.environment(), "DATABASE_URL": stack.owner_url},
        cwd=ROOT, input=json.dumps(plan).encode(), stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1])["tokens"])
