"""A spike in simulated time: our scripts on a real Valkey against the buckets of a vendor."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from routing import admission
from routing.admission import Admitted, Need, Tier
from routing.providers import Quota, VendorLimits
from simulator.limits import INPUT, OUTPUT, REQUESTS, TOTAL, Account, Demand
from simulator.settings import Settings
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import dispatch

OF_TIER = {REQUESTS: "requests", INPUT: "input_tokens", OUTPUT: "output_tokens", TOTAL: "tokens"}


@dataclass(frozen=True)
class Asked:
    """What a turn really is."""

    estimate: int = 1000
    input: int = 1000
    most: int = 1024
    output: int = 130
    seconds: float = 3.0


@dataclass
class Spike:
    """Turns that arrive all at once or over time; a dispatcher; workers that need a moment; a vendor with a burst."""

    tier: Tier
    clock: Clock
    make: Callable[[random.Random], Asked]
    seconds: float = 60.0
    turns: int = 1000
    arrive_over: float = 30.0
    vendor_burst: float = 10.0
    reserved_by_vendor: bool = False  # OpenAI: the limit counts at the door, and is kept
    job_delay: tuple[float, float] = (0.005, 0.3)
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    admitted: list[int] = field(default_factory=list)
    let_out: list[int] = field(default_factory=list)
    refusals: int = 0
    most_running: int = 0
    dispatches: int = 0
    changes: dict[float, Tier] = field(default_factory=dict)
    log: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    async def run(self) -> None:
        self.account = Account(lambda: self.clock.now)
        self.change(self.tier)
        self.start = self.clock.now
        self.end = self.start + self.seconds
        self.charged = dict.fromkeys(OF_TIER, 0.0)
        self.asked = {turn: self.make(self.rng) for turn in range(1, self.turns + 1)}
        self.since = {turn: self.start + self.rng.uniform(0, self.arrive_over) for turn in self.asked}
        self.events: list[tuple[float, int, Callable[[], object]]] = []
        self.order = itertools.count()
        self.looking = float("inf")
        for turn, at in self.since.items():
            self.at(at + self.rng.uniform(0, 0.05), lambda turn=turn: self.claim(turn))
        self.at(self.start + 1, self.beat)
        while self.events and (self.events[0][0] <= self.end):
            at, _, act = heapq.heappop(self.events)
            self.clock.now = max(at, self.clock.now)
            await act()
        self.clock.now = self.end

    def change(self, tier: Tier) -> None:
        """The tier and the vendor's limits, both."""
        self.tier = tier
        settings = {f"{name}_per_minute": getattr(tier, mine) for name, mine in OF_TIER.items()}
        self.settings = Settings(burst_seconds=self.vendor_burst, concurrent_requests=tier.concurrency, **settings)
        self.account.adjust(self.settings)

    async def beat(self) -> None:
        for after in [after for after in self.changes if self.start + after <= self.clock.now]:
            self.change(self.changes.pop(after))
        self.log.append((self.clock.now - self.start, dict(self.charged)))
        await admission.running().beat()
        self.at(self.clock.now + 1, self.beat)

    def at(self, when: float, act: Callable[[], object]) -> None:
        heapq.heappush(self.events, (when, next(self.order), act))

    def need(self, turn: int) -> Need:
        return Need(self.asked[turn].estimate, self.asked[turn].most)

    async def claim(self, turn: int) -> None:
        found = await admission.admit(self.tier, turn, self.need(turn), since=self.since[turn])
        if isinstance(found, Admitted):
            self.admitted.append(turn)
            self.at(self.clock.now + self.rng.uniform(0.001, 0.05), lambda: self.arrive(turn, self.clock.now))
        await self.woken()

    async def woken(self) -> None:
        if await admission.wait_for_work(0):
            self.look_at(self.clock.now + 0.002)

    def look_at(self, when: float) -> None:
        if when < self.looking:
            self.looking = when
            self.at(when, lambda: self.dispatch(when))

    async def dispatch(self, when: float) -> None:
        if when != self.looking:
            return
        self.looking = float("inf")
        self.dispatches += 1
        found = await dispatch(self.tier)
        for turn in found.granted:
            self.let_out.append(turn)
            self.at(self.clock.now + self.rng.uniform(*self.job_delay), lambda turn=turn: self.claim(turn))
        if found.next_due is not None:
            self.look_at(self.clock.now + found.next_due + 0.002)

    async def arrive(self, turn: int, begun: float) -> None:
        asked = self.asked[turn]
        charged = asked.most if self.reserved_by_vendor else 0
        demand = Demand(asked.input, charged, needs_credit=not self.reserved_by_vendor)
        if (over := self.account.admit(self.settings, demand)) is not None:
            self.refusals += 1
            await admission.refused(self.tier, turn, over.wait)
            await self.woken()
            return
        self.account.running += 1
        self.most_running = max(self.most_running, self.account.running)
        self.charged[REQUESTS] += 1
        self.charged[INPUT] += asked.input
        self.charged[OUTPUT] += charged
        self.charged[TOTAL] += asked.input + charged
        pieces = 5
        for piece in range(pieces):
            self.at(begun + asked.seconds * (piece + 1) / pieces, lambda: self.produce(asked.output / pieces))
        self.at(begun + asked.seconds + 0.01, lambda: self.finish(turn))
        quotas = {OF_TIER[each.name]: Quota(each.limit, each.remaining, each.reset) for each in self.account.quotas()}
        await admission.told(self.tier, VendorLimits(**quotas))

    async def produce(self, amount: float) -> None:
        if not self.reserved_by_vendor:
            self.account.charge_output(amount)
            self.charged[OUTPUT] += amount
            self.charged[TOTAL] += amount

    async def finish(self, turn: int) -> None:
        asked = self.asked[turn]
        self.account.running -= 1
        await admission.settle(self.tier, turn, usage=(asked.input, 0, asked.output), seconds=asked.seconds)
        await self.woken()

    def charged_between(self, first: float, last: float) -> dict[str, float]:
        """What the vendor counted between two times since the start."""
        (_, before), *_, (_, after) = [entry for entry in self.log if first <= entry[0] <= last]
        return {name: after[name] - before[name] for name in after}

    def share(self, name: str) -> float:
        return self.charged[name] / (getattr(self.tier, OF_TIER[name]) * self.seconds / 60)
