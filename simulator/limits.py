"""Rate limits as the vendors enforce them: for each limit, model and key a bucket that fills continuously."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from time import monotonic

from simulator.settings import Settings

REQUESTS, INPUT, OUTPUT, TOTAL = "requests", "input_tokens", "output_tokens", "tokens"
CONCURRENT = "concurrent_requests"
LIMITS = (REQUESTS, INPUT, OUTPUT, TOTAL)
_ROUNDING = 1e-6  # what float arithmetic may lose must not refuse a request that fits exactly


@dataclass(slots=True)
class Bucket:
    """`level` tokens now, `rate` more each second, never above `capacity`; below zero is debt."""

    rate: float
    capacity: float
    level: float
    at: float

    def fill(self, now: float) -> None:
        self.level = min(self.capacity, self.level + (now - self.at) * self.rate)
        self.at = now

    def wait(self, amount: float) -> float:
        """Seconds until the amount is there, 0 when it is now. An amount above the capacity never is: then
        it is the time until the bucket is full (see `holds`)."""
        missing = min(amount, self.capacity) - self.level
        return max(missing / self.rate, 0.0) if missing > _ROUNDING else 0.0

    def holds(self, amount: float) -> bool:
        return amount <= self.level + _ROUNDING


@dataclass(frozen=True, slots=True)
class Quota:
    """What a header tells of one limit: a minute's worth, what is left, seconds until it is full."""

    name: str
    limit: int
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class Overrun:
    """Which limit refused a request, and after how many seconds it would let it in."""

    name: str
    limit: int
    requested: int
    wait: float
    never: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request asks of its limits at the door. `output` is what is charged at once; with
    `needs_credit` a request that is charged later must find at least one token."""

    input: int
    output: int = 0
    needs_credit: bool = False

    def of(self, name: str) -> tuple[int, int]:
        """(needed, charged) of one limit."""
        output = (max(self.output, 1 if self.needs_credit else 0), self.output)
        return {
            REQUESTS: (1, 1),
            INPUT: (self.input, self.input),
            OUTPUT: output,
            TOTAL: (self.input + output[0], self.input + output[1]),
        }[name]


@dataclass(slots=True)
class Account:
    """The buckets of one model and key."""

    clock: Callable[[], float] = monotonic
    buckets: dict[str, Bucket] = field(default_factory=dict)
    running: int = 0

    def adjust(self, settings: Settings) -> None:
        """Give each limit that is set its bucket: full when it is new, keeping its level when it changed."""
        now = self.clock()
        for name in LIMITS:
            limit = getattr(settings, f"{name}_per_minute")
            if limit is None:
                self.buckets.pop(name, None)
                continue
            rate, capacity = limit / 60, max(limit / 60 * settings.burst_seconds, 1.0)
            bucket = self.buckets.setdefault(name, Bucket(rate, capacity, capacity, now))
            bucket.fill(now)
            bucket.rate, bucket.capacity, bucket.level = rate, capacity, min(bucket.level, capacity)

    def admit(self, settings: Settings, demand: Demand) -> Overrun | None:
        """Charge the demand to every bucket, or to none and say which limit has the longest wait."""
        self.adjust(settings)
        most = settings.concurrent_requests
        if most is not None and self.running >= most:
            return Overrun(CONCURRENT, most, 1, 1.0)
        if overruns := [over for name in self.buckets if (over := self._overrun(name, demand))]:
            return max(overruns, key=lambda over: over.wait)
        for name, bucket in self.buckets.items():
            bucket.level -= demand.of(name)[1]
        return None

    def _overrun(self, name: str, demand: Demand) -> Overrun | None:
        bucket, (needed, _) = self.buckets[name], demand.of(name)
        if bucket.holds(needed):
            return None
        never = needed > bucket.capacity
        return Overrun(name, round(bucket.rate * 60), needed, bucket.wait(needed), never)

    def charge_output(self, amount: int) -> None:
        """Charge tokens that were produced, or give back (a negative amount) those that were not."""
        now = self.clock()
        for name in (OUTPUT, TOTAL):
            if (bucket := self.buckets.get(name)) is not None:
                bucket.fill(now)  # first, or what an idle full bucket could not hold would pay for it
                bucket.level -= amount

    def quotas(self) -> list[Quota]:
        """The state of every limit that is set."""
        now, found = self.clock(), []
        for name, bucket in self.buckets.items():
            bucket.fill(now)
            reset = bucket.wait(bucket.capacity)
            found.append(Quota(name, round(bucket.rate * 60), max(int(bucket.level + _ROUNDING), 0), reset))
        return found


@dataclass(slots=True)
class Limits:
    """The accounts by model and key. Keys are kept as digests only."""

    clock: Callable[[], float] = monotonic
    accounts: dict[tuple[str, bytes], Account] = field(default_factory=dict)

    def account(self, model: str, key: str) -> Account:
        place = (model, blake2b(key.encode(), digest_size=8).digest())
        if place not in self.accounts:
            self.accounts[place] = Account(self.clock)
        return self.accounts[place]

    def clear(self) -> None:
        self.accounts.clear()
