"""What logs keep: of conversations without trouble the share that was set, of those with trouble everything.

Several processes record thousands of conversations at once, each a part of every conversation's records, as web servers
and workers do. Redis may hold a part of them only, so the rest is held in Postgres. Two in a hundred are in trouble: at
their beginning, in the middle, at the end, or long after the last turn while they are still held. Two processes decide,
as it may be when one leader follows another. Then each record of each troubled conversation is looked at.
"""

import argparse
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from bench.database import running_redis
from bench.orders import Helper
from bench.report import Figures

PROCESSES, HELD_MEGABYTES, HOLD_MINUTES = 3, 8, 2
A_SECOND = 90.0  # conversations that begin
VOID_SECONDS = 60.0  # behind the plan: then a conversation may be over for the product before its last record
TROUBLED = 0.02
SHARES = {"general": 15, "site": 40, "audience": 5}  # percent: of all others, of site 2, of audience 3
TURN = ("accepted", "prepared", "prompt", "finished")
REASONS = ("error", "escalation", "report", "thumbs_down", "breaker", "worker_lost")
WHEN = ("first", "middle", "end", "late")


@dataclass
class Talk:
    """A conversation: what is recorded of it, and by which process."""

    id: str
    site: int
    audience: int
    reason: str = ""
    records: list[list[Any]] = field(default_factory=list)  # number, kind, process

    @property
    def policy(self) -> str:
        """The most specific that holds for it: an audience's comes before a site's."""
        return "audience" if self.audience == 3 else "site" if self.site == 2 else "general"


def measure(options: argparse.Namespace) -> Figures:
    """All figures."""
    count = options.conversations // 10 if options.quick else options.conversations
    chance = random.Random(options.seed)
    with running_redis() as valkey:
        _set_up()
        helpers = [
            Helper("bench.recorder", REDIS_URL=valkey.url, PARLEY_STATISTICS_SECONDS="0") for _ in range(PROCESSES + 2)
        ]
        try:
            return _measured(helpers[:PROCESSES], helpers[PROCESSES:], count, chance)
        finally:
            for helper in helpers:
                helper.stop()


def _set_up() -> None:
    """An installation without logs, and what is in force."""
    from django.db import connection

    from observability.models import LogSettings, SamplingPolicy

    with connection.cursor() as cursor:
        for table in ("heldlog", "logrecord", "loggedconversation", "logtally", "samplingpolicy"):
            cursor.execute(f"DELETE FROM observability_{table}")
    LogSettings.objects.update_or_create(
        pk=1, defaults={"hold_minutes": HOLD_MINUTES, "held_megabytes": HELD_MEGABYTES}
    )
    for number, (name, share) in enumerate(SHARES.items(), 1):
        SamplingPolicy.objects.create(share=share, **({} if name == "general" else {name: number}))


def _measured(recorders: list[Helper], deciders: list[Helper], count: int, chance: random.Random) -> Figures:
    talks, plans = _planned(count, chance)
    for helper, plan in zip(recorders, plans, strict=True):
        helper.begin(record=plan)
    for helper in deciders:
        helper.begin(decide=count)
    results = [helper.result() for helper in recorders]
    recorded, late = sum(each["recorded"] for each in results), max(each["late"] for each in results)
    in_postgres = _held_in_postgres()
    took = max(helper.result()["seconds"] for helper in deciders)
    if late > VOID_SECONDS:
        print(f"The machine was too slow: records came {late:.0f} s late, and the figures are void.")
    troubled = [talk for talk in talks if talk.reason]
    found = recorders[0].ask(check={talk.id: talk.records for talk in troubled})
    for conversation, why in list(found["broken"].items())[:5]:
        print(f"not complete: {conversation}: {why}")
    return {
        **_shares([talk for talk in talks if not talk.reason], set(found["logged"])),
        "troubled_complete_share": 1 - len(found["broken"]) / len(troubled),
        "conversations": count,
        "troubled": len(troubled),
        "records": recorded,
        "late_seconds": late,
        "held_in_postgres_share": in_postgres / recorded,
        "decided_times": _decided() / count,
        "seconds": took,
    }


def _planned(count: int, chance: random.Random) -> tuple[list[Talk], list[list[list[Any]]]]:
    """The conversations, and what each process records of them, in the order of time."""
    talks, plans = [], list[list[list[Any]]]([] for _ in range(PROCESSES))
    troubled = set(chance.sample(range(count), round(TROUBLED * count)))
    for number in range(count):
        talk = Talk(str(uuid.UUID(int=chance.getrandbits(128), version=4)), chance.randint(1, 3), chance.randint(1, 3))
        talks.append(talk)
        began, when = chance.uniform(0, count / A_SECOND), chance.choice(WHEN)
        moments = _moments(began, chance)
        if number in troubled:
            talk.reason = chance.choice(REASONS)
            moments.append((_trouble_at(moments, when, chance), talk.reason))
            moments.sort()
        for place, (at, what) in enumerate(moments):
            process = chance.randrange(PROCESSES)
            kind, reason = (what, "") if what in TURN else ("note", what)
            talk.records.append([place, kind, process])
            plans[process].append([at, talk.id, talk.site, talk.audience, place, kind, reason])
    return talks, [sorted(plan) for plan in plans]


def _moments(began: float, chance: random.Random) -> list[tuple[float, str]]:
    """One to three turns within some seconds."""
    found, at = [], began
    for _ in range(chance.randint(1, 3)):
        for kind in TURN:
            at += chance.uniform(0.01, 0.6)
            found.append((at, kind))
    return found


def _trouble_at(moments: list[tuple[float, str]], when: str, chance: random.Random) -> float:
    first, last = moments[0][0], moments[-1][0]
    late = chance.uniform(8, 20)
    return {"first": first - 0.001, "middle": (first + last) / 2, "end": last + 0.001, "late": last + late}[when]


def _shares(untroubled: list[Talk], logged: set[str]) -> Figures:
    """How far the share kept is from what was set: of each policy, and the worst of them."""
    errors = {}
    for name, percent in SHARES.items():
        of_it = [talk for talk in untroubled if talk.policy == name]
        errors[name] = abs(sum(talk.id in logged for talk in of_it) / len(of_it) - percent / 100)
    return {"kept_share_error": max(errors.values()), **{f"kept_error_{name}": error for name, error in errors.items()}}


def _held_in_postgres() -> int:
    from django.db.models import Sum

    from observability.models import HeldLog

    return HeldLog.objects.aggregate(all=Sum("records"))["all"] or 0


def _decided() -> int:
    from django.db.models import Sum

    from observability.models import LogTally

    return LogTally.objects.aggregate(all=Sum("conversations"))["all"] or 0
