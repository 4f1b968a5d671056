"""Statistics: how far percentiles are off, how long dashboards take on a month, its size on disk, cost of a turn.

The month is the one that `manage.py demo_traffic` draws, written as the product leaves it: minutes for a week, hours
and days. Queries are those that the dashboards make, counted one by one, each with a filter drawn at random.
"""

import argparse
import random
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from bench.report import Figures, percentile

DISTRIBUTIONS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "lognormal": lambda chance, size: chance.lognormal(-1, 1.2, size),
    "exponential": lambda chance, size: chance.exponential(2.0, size),
    "two heaps": lambda chance, size: np.where(
        chance.random(size) < 0.7, chance.normal(0.02, 0.003, size), chance.normal(4, 0.8, size)
    ).clip(1e-4),
    "heavy tail": lambda chance, size: 0.05 * (1 + chance.pareto(1.1, size)),
    "even": lambda chance, size: chance.uniform(1e-4, 3600, size),
    "one value": lambda _, size: np.full(size, 0.25),
}
SHARES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
A_TURN = 25  # values that a turn adds


def measure(options: argparse.Namespace) -> Figures:
    """All figures."""
    return _errors(options.seed) | _cost(4_000 if options.quick else 40_000) | _dashboards(options)


def _errors(seed: int) -> Figures:
    """Against exact percentiles, of values that were merged through records in odd pieces."""
    from observability.statistics.records import compact_marks, pack_marks, read_marks
    from observability.statistics.sketch import Sketch, bucket

    chance, worst = np.random.default_rng(seed), 0.0
    for draw in DISTRIBUTIONS.values():
        for size in (10, 1_000, 100_000):
            values = draw(chance, size)
            pieces = [piece for piece in np.split(values, np.sort(chance.integers(0, size, 9))) if len(piece)]
            data = b""
            for piece in pieces:
                counts: dict[int, int] = {}
                for value in piece:
                    counts[bucket(value)] = counts.get(bucket(value), 0) + 1
                data = (
                    compact_marks(pack_marks(1, counts) + data)
                    if chance.random() < 0.5
                    else data + pack_marks(1, counts)
                )
            marks = read_marks(data)
            parts = [Sketch(part["bucket"].astype(int), part["count"].astype(int)) for part in np.array_split(marks, 5)]
            merged = Sketch.counted({}).merge(*parts)
            for share in SHARES:
                exact = float(np.quantile(values, share, method="inverted_cdf"))
                worst = max(worst, abs((merged.quantile(share) or 0.0) - exact) / exact)
    return {"sketch_error_max": worst}


def _cost(turns: int) -> Figures:
    """CPU of what a turn adds, and of writing it, as it is done: every five seconds at 20 turns a second."""
    from observability.statistics import add, flush

    add("turns", label="answered")
    flush()
    began = _cpu()
    for turn in range(turns):
        of = {"site": turn % 3, "model": turn % 4, "rule": turn % 5, "audience": turn % 3}
        for value in range(A_TURN):
            add(
                "answer_seconds" if value % 2 else "output_tokens",
                0.1 + value + turn % 97,
                label="model" if value % 2 else "",
                **of,
            )
        if turn % 100 == 99:
            flush()
    return {"statistics_us_per_turn": 1e6 * (_cpu() - began) / turns}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _dashboards(options: argparse.Namespace) -> Figures:
    from django.db import connection

    from conversations.demo.cast import Cast, models_of
    from conversations.demo.month import Month
    from observability.statistics.rolling import roll_up

    turns = options.turns // 10 if options.quick else options.turns
    cast = Cast((1, 2, 3), (1, 2, 3), (1, 2, 3, 4), models_of((1, 2, 3, 4)))
    began, counted = time.monotonic(), 0
    for day in Month(cast, time.time(), 30, turns / 30, options.seed).write(""):
        counted += len(day)
    print(f"{counted:,} turns written in {time.monotonic() - began:.0f} s", end="", flush=True)
    began = time.monotonic()
    roll_up()
    print(f", summed in {time.monotonic() - began:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT relname, sum(pg_total_relation_size(inhrelid)) FROM pg_inherits JOIN pg_class parent"
            " ON parent.oid = inhparent WHERE relname ~ '^observability_(minute|hour|day)$' GROUP BY relname"
        )
        sizes = {f"{name.removeprefix('observability_')}_mb": float(size) / 1e6 for name, size in cursor.fetchall()}
    return {"turns": counted, **sizes, **_queries(options)}


def _queries(options: argparse.Namespace) -> Figures:
    """Each query as a view makes it: percentiles of every point included."""
    from observability.statistics import Period, Where, series, total
    from observability.statistics.counting import By

    chance = random.Random(options.seed)
    wheres = [
        Where(),
        Where(),
        Where(sites=(1,)),
        Where(models=(2,)),
        Where(sites=(2,), audiences=(1, 2)),
        Where(rules=(1,)),
    ]
    asked: list[tuple[str, By]] = [
        ("answer_seconds", None),
        ("answer_seconds", "model"),
        ("answer_seconds", "label"),
        ("first_token_seconds", None),
        ("recall_seconds", None),
        ("queue_seconds", None),
        ("step_seconds", "label"),
        ("turns", "label"),
        ("errors", "label"),
        ("answers", "model"),
        ("cost", "model"),
        ("conversations", "label"),
        ("turns_in", "label"),
        ("cache_lookups", "label"),
        ("answer_seconds", "site"),
        ("input_tokens", "rule"),
    ]
    times: dict[int, list[float]] = {1: [], 7: [], 30: []}
    for _ in range(4 if options.quick else 12):
        for days, taken in times.items():
            for figure, by in asked:
                where = chance.choice(wheres)
                began = time.perf_counter()
                period = Period.last(timedelta(days=days))
                found = series(figure, period, by, where)
                _ = [
                    cell.quantile(share)
                    for line in found.lines.values()
                    for cell in line
                    for share in (0.5, 0.95, 0.99)
                ]
                taken.append(1000 * (time.perf_counter() - began))
                began = time.perf_counter()
                total(figure, period.before if days < 30 else period, by, where)
                taken.append(1000 * (time.perf_counter() - began))
    return {
        "dashboard_ms_p95": percentile(times[30], 0.95),
        "dashboard_ms_p50": percentile(times[30], 0.5),
        "week_ms_p95": percentile(times[7], 0.95),
        "day_ms_p95": percentile(times[1], 0.95),
    }
