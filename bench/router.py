"""How fast and how well the classifier decides, on public messages: hard ones of three sets, simple ones of CLINC150.

Half of the mix is learnt from, a quarter sets the threshold, a quarter is reported on. The hard sets and the simple one
differ in kind, so their AUC says that kinds are told apart, not that difficulty is: the table leaves each hard set out
of learning (and of setting the threshold) in turn, and names what the shipped starter weights do, which saw none of it.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.report import Figures, percentile
from bench.router_data import HARD, SEED, Mix, mixed

ALLOWED = 0.05
PRICES = {"small": (0.25, 2.0), "large": (1.25, 10.0)}  # dollars for a million tokens in and out, late 2025
CONTEXT_TOKENS, ANSWER_TOKENS, TOKEN = 1020, 129, 4  # medians of the Azure trace; characters
CALLS, EMBEDDED = 2000, 150
Chosen = NDArray[np.bool_]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--data."""
    parser.add_argument("--data", type=Path, help="folder of the public data (default: PARLEY_BENCH_DATA)")


def run(options: argparse.Namespace) -> Figures:
    """Learn, decide, and time it."""
    import django

    from bench.trace import folder

    django.setup()
    mix = mixed(folder(options.data))
    parts = split(mix)
    figures = {"messages": float(len(mix)), **_quality(mix, *parts), **_starter(mix, parts[2]), **_speed(mix)}
    _table(mix, *parts)
    return figures


def split(mix: Mix) -> tuple[Chosen, Chosen, Chosen]:
    """(learn, calibrate, report): a half and two quarters, of each source alike."""
    part = np.zeros(len(mix), dtype=int)
    chance = np.random.default_rng(SEED)
    for source in (*HARD, "clinc150"):
        inside = np.flatnonzero(mix.sources == source)
        chance.shuffle(inside)
        part[inside] = np.array([0, 0, 1, 2])[np.arange(len(inside)) % 4]
    return part == 0, part == 1, part == 2


def _scores(mix: Mix, learn: Chosen) -> NDArray[np.float64]:
    from routing.classifier.folds import Examples, fitted
    from routing.classifier.weights import surfaces

    everything = Examples(surfaces(mix.texts), mix.vectors, mix.hard, np.ones(len(mix)), np.ones(len(mix), bool))
    return fitted(everything.part(learn), penalty=3.0).scores(everything.seen, everything.vectors)


def _threshold(mix: Mix, scores: NDArray[np.float64], calibrate: Chosen) -> float:
    from routing.classifier.measures import Held

    held = Held(mix.hard[calibrate], scores[calibrate], np.ones(int(calibrate.sum())))
    return held.choose(ALLOWED).threshold


def _quality(mix: Mix, learn: Chosen, calibrate: Chosen, report: Chosen) -> Figures:
    from routing.classifier.measures import auc

    scores = _scores(mix, learn)
    small = scores < _threshold(mix, scores, calibrate)
    return {
        "auc": auc(mix.hard[report], scores[report]),
        "small_share": float(small[report].mean()),
        "missed_strong_share": float(small[report & mix.hard].mean()),
        "simple_to_large_share": float((~small)[report & ~mix.hard].mean()),
        "cost_saved_share": _saved(mix, small, report),
    }


def _starter(mix: Mix, report: Chosen) -> Figures:
    """The shipped weights with their own threshold; they have seen nothing of the mix."""
    from routing.classifier.measures import auc
    from routing.classifier.starter import starter
    from routing.classifier.weights import surfaces

    full = starter().full
    scores = full.weights.scores(surfaces(mix.texts), mix.vectors)
    small = scores < full.threshold
    return {
        "starter_auc": auc(mix.hard[report], scores[report]),
        "starter_small_share": float(small[report].mean()),
        "starter_missed_strong_share": float(small[report & mix.hard].mean()),
        "starter_cost_saved_share": _saved(mix, small, report),
    }


def _saved(mix: Mix, small: Chosen, report: Chosen) -> float:
    """Of the cost of sending all of them to the large model, with a usual turn's context and answer."""
    tokens = np.array([len(text) / TOKEN for text in mix.texts]) + CONTEXT_TOKENS
    cost = {size: tokens * price[0] + ANSWER_TOKENS * price[1] for size, price in PRICES.items()}
    spent = np.where(small, cost["small"], cost["large"])
    return float(1 - spent[report].sum() / cost["large"][report].sum())


def _table(mix: Mix, learn: Chosen, calibrate: Chosen, report: Chosen) -> None:
    """Each hard source left out in turn: it is neither learnt from nor does it set the threshold."""
    from routing.classifier.measures import auc

    print(f"\n  {'left out':<10}{'AUC':>8}{'missed of it':>14}{'missed at 0.5':>15}{'simple to large':>17}")
    for source in HARD:
        kept = mix.sources != source
        scores = _scores(mix, learn & kept)
        threshold = _threshold(mix, scores, calibrate & kept)
        its, simple = report & ~kept, report & ~mix.hard
        both = its | simple
        shares = ((scores[its] < threshold).mean(), (scores[its] < 0.5).mean(), (scores[simple] >= threshold).mean())
        cells = [f"{auc(mix.hard[both], scores[both]):.4f}", *(f"{share:.3f}" for share in shares)]
        print("  {:<10}{:>8}{:>14}{:>15}{:>17}".format(source, *cells))


def _speed(mix: Mix) -> Figures:
    """One message after the other, as a turn decides: the score, then the rules where there are any."""
    from memory.embedding import embedder
    from routing.classifier import scored

    chance = np.random.default_rng(SEED)
    chosen = chance.integers(len(mix), size=CALLS)
    scored(mix.texts[0], mix.vectors[0])
    alone = _times(lambda number: scored(mix.texts[number], mix.vectors[number]), chosen)
    local = embedder()
    local.warm_up()
    short = [number for number in chosen if not mix.hard[number]][:EMBEDDED]
    both = _times(lambda number: scored(mix.texts[number], local.compute([mix.texts[number]])[0]), short)
    return {
        "route_ms_p50": percentile(alone, 0.5),
        "route_ms_p95": percentile(alone, 0.95),
        "route_with_embedding_ms_p95": percentile(both, 0.95),
    }


def _times(call: Callable[[int], object], numbers: "list[int] | NDArray[np.int64]") -> list[float]:
    """Milliseconds of each call."""
    found = []
    for number in numbers:
        before = time.perf_counter()
        call(int(number))
        found.append(1000 * (time.perf_counter() - before))
    return found
