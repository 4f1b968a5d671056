"""The report of a training: what an administrator reads before letting a version go live. Plain values for JSON."""

from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import numpy as np

from routing.classifier import live
from routing.classifier.folds import Crossed, Examples
from routing.classifier.labels import Label
from routing.classifier.measures import Choice, Held, Numbers, auc, calibration
from routing.classifier.sources import recent_messages
from routing.classifier.weights import Weights, surfaces
from routing.models import ClassifierVersion, Model
from routing.vectors import local_embedder

ASKED = (0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
TRAFFIC = 200  # recent messages whose scores tell how much would go to the small model
CONTEXT_TOKENS, ANSWER_TOKENS = 1020, 129  # of a usual turn: medians of a public trace of a chat service (Azure)
TOKEN = 4  # characters


def written(
    labels: list[Label], examples: Examples, held_out: Crossed, weights: Weights, allowed: float
) -> dict[str, Any]:
    """All of it. AUC and comparison are over the own labels; calibration and curve over own labels and starter set, as
    they count in the training, because a few own labels alone say little of a small share."""
    held = Held(examples.hard, held_out.scores, examples.counts)
    traffic = _traffic(weights)
    prices = _prices()
    chosen = _point(held.careful(allowed), allowed, traffic, prices)
    return {
        "labels": _by_source(labels),
        "newest_label": max((label.pk for label in labels), default=0),
        "auc": round(float(np.mean(held_out.aucs)), 4),
        "auc_spread": round(float(np.std(held_out.aucs)), 4),
        "folds": len(held_out.aucs),
        "calibration": [_rounded(asdict(each)) for each in _calibration(examples, held_out)],
        "allowed": allowed,
        "chosen": chosen,
        "curve": _curve(held, chosen, traffic, prices),
        "traffic": len(traffic),
        "prices": prices,
        "compared": _compared(labels, examples, held_out, chosen["threshold"]),
    }


def _curve(held: Held, chosen: dict[str, Any], traffic: Numbers, prices: dict[str, Any] | None) -> list[dict[str, Any]]:
    """A row for each share that may be asked for, and the chosen one where it is none of them."""
    rows = [_point(held.choose(asked), asked, traffic, prices) for asked in ASKED]
    if all(row["threshold"] != chosen["threshold"] for row in rows):
        rows.append(chosen)
    return sorted(rows, key=lambda row: (row["threshold"], row["asked"]))


def _by_source(labels: list[Label]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for label in labels:
        found.setdefault(str(label.source), Counter())["complex" if label.hard else "simple"] += 1
    return {source: dict(counts) for source, counts in found.items()}


def _calibration(examples: Examples, held_out: Crossed) -> Any:
    return calibration(examples.hard, held_out.scores, examples.balanced())


def _traffic(weights: Weights) -> Numbers:
    """Scores of recent visitors' messages, labelled or not; empty where there are none."""
    texts = [each.text for each in recent_messages(TRAFFIC)]
    if not texts:
        return np.zeros(0)
    return weights.scores(surfaces(texts), local_embedder().embed_all(texts))


def _prices() -> dict[str, Any] | None:
    """Dollars of a usual turn by the first small and the first large model in use.

    None where one of them or its price is missing, or the large one costs nothing.
    """
    found = {}
    for size in ("small", "large"):
        model = Model.objects.filter(enabled=True, provider__enabled=True, size=size).order_by("order", "pk").first()
        if model is None or model.input_price is None or model.output_price is None:
            return None
        cost = (model.input_price * CONTEXT_TOKENS + model.output_price * ANSWER_TOKENS) / Decimal(1_000_000)
        found[size] = {"model": model.name, "dollars": round(float(cost), 8)}
    return found if found["large"]["dollars"] else None


def _point(choice: Choice, asked: float, traffic: Numbers, prices: dict[str, Any] | None) -> dict[str, Any]:
    small = float((traffic < choice.threshold).mean()) if len(traffic) else None
    cost = None
    if small is not None and prices:
        cost = 1 - small * (1 - prices["small"]["dollars"] / prices["large"]["dollars"])
    return _rounded({"asked": asked, **asdict(choice), "traffic_small": small, "cost_share": cost})


def _compared(labels: list[Label], examples: Examples, held_out: Crossed, threshold: float) -> dict[str, Any]:
    """The new one, held out, and the one in use on the same own labels; `seen` of them it was trained on."""
    using = live.in_use()
    own, hard, counts = examples.own, examples.hard[examples.own], examples.counts[examples.own]
    theirs = using.weights.scores(examples.seen[own], examples.vectors[own])
    seen = _seen_by(using.version, labels)
    unseen = ~np.array(seen)
    mine = held_out.scores[own]
    found = {
        "version": using.version,
        "trouble": using.trouble,
        "count": len(labels),
        "seen": int(sum(seen)),
        "new": _judged(hard, mine, counts, threshold),
        "running": _judged(hard, theirs, counts, using.threshold),
    }
    if 0 < sum(seen) < len(seen) and 0 < hard[unseen].sum() < unseen.sum():
        found["unseen"] = {
            "new": _judged(hard[unseen], mine[unseen], counts[unseen], threshold),
            "running": _judged(hard[unseen], theirs[unseen], counts[unseen], using.threshold),
        }
    return found


def _seen_by(version: int | None, labels: list[Label]) -> list[bool]:
    """Which labels the running version learnt from: those that were there at its training. The starter saw none."""
    row = ClassifierVersion.objects.filter(pk=version).first() if version else None
    newest = row.report.get("newest_label", 0) if row else 0
    return [label.pk <= newest for label in labels]


def _judged(hard: Any, scores: Numbers, counts: Numbers, threshold: float) -> dict[str, Any]:
    choice = Held(hard, scores, counts).at(threshold)
    return _rounded(
        {"auc": auc(hard, scores), "threshold": threshold, "missed": choice.missed, "simple_small": choice.simple_small}
    )


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}
