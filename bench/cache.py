"""Cached answers: how many questions they answer when few may be wrong, what opposites do, and how long a lookup takes.

CLINC150: an intent is an answer with five example questions. One half of the test questions, and of those out of
scope, is what an installation judged; figures are of the other half, which nothing has seen. The safe default answers
the first half, and only what it picked rightly counts as confirmed; for `answered_share_confirmed` a person has named
the right answer of each, and these questions are examples too.
"""

import argparse
from pathlib import Path

from bench import trace
from bench.report import Figures

HERE = Path(__file__).parent
BOUND = 0.02


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The benchmark's own options."""
    command.add_argument("--data", type=Path, help="folder of the public data")
    command.add_argument("--seed", type=int, default=0, help="draws the halves and the five examples")
    command.add_argument("--quick", action="store_true", help="pairs and times only, without learning on CLINC150")
    command.add_argument("--show", action="store_true", help="name the pairs that went wrong")


def run(options: argparse.Namespace) -> Figures:
    """Every figure of cached answers."""
    import os

    import django

    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "0123456789abcdef" * 3)
    django.setup()
    from bench import cache_clinc, cache_pairs, cache_speed

    data = trace.folder(options.data)
    pairs = cache_pairs.measure(HERE / "opposites.jsonl", BOUND, show=options.show)
    questions = cache_clinc.load(data / "clinc150.jsonl", options.seed)
    figures = pairs | cache_speed.measure(questions)
    return figures if options.quick else figures | cache_clinc.measure(questions, BOUND)


__all__ = ["add_arguments", "run"]
