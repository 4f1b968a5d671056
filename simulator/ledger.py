"""The count of what was served, and the last requests with their times. Keys never come here."""

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from time import monotonic, process_time, time
from typing import Any

_SHOWN_OTHERWISE = ("arrived", "first_chunk", "ended", "body")


@dataclass(slots=True)
class Record:
    """One request. Monotonic times are those of this machine's clock, the same in every process of it."""

    number: int
    vendor: str
    path: str
    arrived: float
    arrived_wall: float
    model: str = ""
    stream: bool = False
    status: int = 0
    outcome: str = "running"
    fault: str | None = None
    first_chunk: float | None = None
    ended: float | None = None
    chunks: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    body: bytes = b""

    def shown(self, bodies: bool) -> dict[str, object]:
        """As JSON values; `first_chunk_wall` is worked out from the monotonic time."""
        values: dict[str, object] = {
            name: getattr(self, name) for name in self.__slots__ if name not in _SHOWN_OTHERWISE
        }
        first = self.first_chunk
        values["arrived_monotonic"] = self.arrived
        values["first_chunk_monotonic"] = first
        values["first_chunk_wall"] = None if first is None else self.arrived_wall + first - self.arrived
        values["ended_monotonic"] = self.ended
        if bodies:
            values["body"] = _decoded(self.body)
        return values


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


@dataclass(slots=True)
class Ledger:
    """Totals since the start or the last reset. `late_*` tell how far behind its own plan the simulator
    wrote: when they grow, it is the bottleneck and a measurement is void."""

    keep: int = 1000
    arrivals: int = 0
    by_model: dict[str, Counter[str]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    batches: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    streams_now: int = 0
    streams_peak: int = 0
    late_max: float = 0.0
    late_sum: float = 0.0
    writes: int = 0
    recent: deque[Record] = field(default_factory=deque)

    def arrive(self, vendor: str, path: str) -> Record:
        """A record for a request whose head has just been read."""
        self.arrivals += 1
        record = Record(self.arrivals, vendor, path, monotonic(), time())
        self.recent.append(record)
        self.trim(self.keep)
        return record

    def trim(self, keep: int) -> None:
        """Remember at most so many requests from now on."""
        self.keep = keep
        while len(self.recent) > keep:
            self.recent.popleft()

    def finish(self, record: Record) -> None:
        """Count a request that has its status and outcome."""
        record.ended = monotonic()
        self.by_model.setdefault(record.model, Counter())[str(record.status)] += 1
        self.outcomes[record.outcome] += 1
        if record.fault:
            self.faults[record.fault] += 1
        self.tokens.update(input=record.input_tokens, output=record.output_tokens)
        self.chunks += record.chunks

    def open_stream(self) -> None:
        self.streams_now += 1
        self.streams_peak = max(self.streams_peak, self.streams_now)

    def close_stream(self) -> None:
        self.streams_now -= 1

    def wrote(self, writes: int, late_sum: float, late_max: float) -> None:
        """Note the writes of a stream, and by how many seconds they came after their time."""
        self.writes += writes
        self.late_sum += late_sum
        self.late_max = max(self.late_max, late_max)

    def shown(self, requests: int | None = None, bodies: bool = True) -> dict[str, Any]:
        """Everything as JSON values, with the last `requests` requests (all that are kept if None)."""
        kept = list(self.recent)
        last = kept if requests is None else kept[len(kept) - min(requests, len(kept)) :]
        return {
            "requests": self.arrivals,
            "by_model": {model: dict(counts) for model, counts in self.by_model.items()},
            "outcomes": dict(self.outcomes),
            "refused_by_limit": dict(self.refusals),
            "faults_used": dict(self.faults),
            "tokens": {"input": self.tokens["input"], "output": self.tokens["output"]},
            "chunks": self.chunks,
            "batches": {name: self.batches[name] for name in ("created", "requests", "cancelled")},
            "streams": {"now": self.streams_now, "peak": self.streams_peak},
            "late_seconds": {
                "max": self.late_max,
                "mean": self.late_sum / self.writes if self.writes else 0.0,
            },
            "writes": self.writes,
            "cpu_seconds": process_time(),
            "recent": [record.shown(bodies) for record in last],
        }
