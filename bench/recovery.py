"""How soon answers go on when something breaks: processes killed and frozen, Redis and Postgres restarted or emptied.

Two web servers, two workers, and visitors who ask one question after another by all three ways, changing way and
server now and then. A quarter of them ask a model whose rate tier allows few answers at once, so that questions wait
in line as well. In each round everything is broken once. `worst_recovery_s` is the longest time from the kill (of a
server: from the moment it accepts connections again) until a visitor saw an answer go on that was under way;
`worst_line_s` the same for answers that the narrow tier had let in, which may have to wait for their place again.
"""

import argparse
import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any

from bench import faults
from bench.report import Figures, percentile
from bench.visitor import Asked, Visitor
from tests.seed import GPT

HELP = "seconds until answers go on after each fault; lost and repeated answers"
REPLY = "\n\n".join(f"Paragraph {number} is here for you to read, and takes its time." for number in range(20))
PATIENCE = 60.0  # seconds after which an answer is lost
SLOW = 6.0  # seconds: told in detail
LEASE_SECONDS = "4"  # the default of the product; the tests' stack has another
TWICE = "SELECT count(*) FROM (SELECT FROM conversations_message GROUP BY turn_id HAVING count(turn_id) > 1) twice"
UNANSWERED = """
    SELECT t.id, t.state, t.attempt, t.error, t.error_detail FROM conversations_turn t WHERE NOT EXISTS (
        SELECT FROM conversations_message m WHERE m.turn_id = t.id)
"""
TOLD = "SELECT id, state, attempt, owner, queued_at, started_at, finished_at FROM conversations_turn WHERE id = %s"
NARROW = """
    INSERT INTO routing_ratetier (provider_id, model_id, concurrency, burst_seconds, reserve, late_seconds)
    SELECT provider_id, id, %s, 2, 'expected', 60 FROM routing_model WHERE name = %s
"""
UNDER_WAY = "SELECT id FROM conversations_turn WHERE state IN ('queued', 'running') AND parked_at IS NULL"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Sizes; the defaults suit two cores."""
    command.add_argument("--visitors", type=int, default=32, help="each asking one question after another")
    command.add_argument("--rounds", type=int, default=3, help="how often each fault comes")
    command.add_argument("--only", choices=sorted(faults.FAULTS), help="one fault only")
    command.add_argument("--seed", type=int, default=1, help="of the visitors' choices")


def run(options: argparse.Namespace) -> Figures:
    """Start the platform, break it, count, stop it."""
    from bench.harness import running_stack

    settings: dict[str, Any] = {"time_to_first_token": 0.3, "tokens_per_second": 100, "reply": REPLY}
    environment = {"PARLEY_LEASE_SECONDS": LEASE_SECONDS}
    with running_stack(webs=2, workers=2, environment=environment, **settings) as stack:
        return asyncio.run(_measure(stack, options))


@dataclass
class Crowd:
    """The visitors and their tasks."""

    visitors: list[Visitor]
    tasks: list["asyncio.Task[None]"]

    @property
    def asked(self) -> list[Asked]:
        """All questions acknowledged so far."""
        return [asked for visitor in self.visitors for asked in visitor.asked]

    def asked_at(self, site: str) -> list[Asked]:
        """Those of one site's visitors."""
        return [asked for visitor in self.visitors if visitor.site == site for asked in visitor.asked]


async def _measure(stack: Any, options: argparse.Namespace) -> Figures:
    going = True
    chance = random.Random(options.seed)
    urls = [web.url for web in stack.web]
    stack.rows(NARROW, max(options.visitors // 12, 1), GPT)
    visitors = [
        Visitor(urls, "demo" if number % 4 else "gpt", random.Random(chance.random()), lambda: going)
        for number in range(options.visitors)
    ]
    crowd = Crowd(visitors, [asyncio.create_task(visitor.run()) for visitor in visitors])
    await asyncio.sleep(5)
    worst: dict[str, list[float]] = {}
    in_line: list[float] = []
    for number in range(options.rounds):
        for name in [options.only] if options.only else list(faults.FAULTS):
            free, narrow = await _one(stack, crowd, name)
            told = f"{len(free):>3} answers under way, worst {max(free):.2f} s"
            print(f"round {number + 1}, {name:<16} {told}; {len(narrow)} of the narrow tier, {max(narrow):.2f} s")
            worst.setdefault(name, []).extend(free)
            in_line += narrow
    going = False
    await asyncio.wait(crowd.tasks, timeout=PATIENCE)
    return _figures(stack, crowd, worst) | {"worst_line_s": max(in_line)}


async def _one(stack: Any, crowd: Crowd, name: str) -> tuple[list[float], list[float]]:
    """Break it, and wait until all is well: for each answer that was under way, the seconds until it went on.

    Those of the narrow tier apart, and only of what it had let in.
    """
    before, began = {row[0] for row in stack.rows(UNDER_WAY)}, time.monotonic()
    moment = await faults.FAULTS[name](stack)
    free = [asked for asked in crowd.asked_at("demo") if asked.turn in before or began < asked.at < moment]
    narrow = [asked for asked in crowd.asked_at("gpt") if any(moment - 1 < at < moment for at in asked.heard)]
    affected = [asked for asked in free + narrow if not asked.answered or asked.answered >= moment]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(asked.went_on(moment) is None for asked in affected):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    for slow in (asked for asked in affected if (asked.went_on(moment) or PATIENCE) > SLOW):
        heard = " ".join(f"{at - moment:.1f}" for at in [slow.at, *slow.heard[:1], *slow.heard[-1:]])
        print("slow:", *stack.rows(TOLD, slow.turn), f"asked, first and last heard of: {heard}")
    await faults.beside(stack.require_ready)
    await asyncio.sleep(3)
    took = {asked.turn: PATIENCE if (took := asked.went_on(moment)) is None else took for asked in affected}
    return _of(free, took), _of(narrow, took)


def _of(those: list[Asked], took: dict[int, float]) -> list[float]:
    return [took[asked.turn] for asked in those if asked.turn in took] or [0.0]


def _figures(stack: Any, crowd: Crowd, worst: dict[str, list[float]]) -> Figures:
    breaches = [breach for visitor in crowd.visitors for breach in visitor.breaches]
    unseen = [asked.turn for asked in crowd.asked if not asked.answered]
    unanswered = stack.rows(UNANSWERED)
    for told in [*breaches[:5], *unanswered[:5]]:
        print(told)
    print(f"never seen: {unseen[:10]}")
    everything = [seconds for many in worst.values() for seconds in many]
    return {
        "turns": len(crowd.asked),
        **{f"worst_{name}_s": max(seconds) for name, seconds in worst.items()},
        "recovery_p50_s": percentile(everything, 0.5),
        "worst_recovery_s": max(everything),
        "protocol_breaches": len(breaches),
        "lost": len(set(unseen) | {row[0] for row in unanswered}),
        "answered_twice": stack.rows(TWICE)[0][0] + sum("twice" in breach for breach in breaches),
    }
