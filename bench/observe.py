"""What seeing it costs, and how right it is: statistics, logs and traces, each in a file of its own beside this one.

All of them use one throw-away Postgres, in which nothing but a part's own data is. `--only` names some; `--quick` tries
each with little.
"""

import argparse
import importlib
import os

from bench.report import Figures

PARTS = ("spans", "logs", "statistics")
"""Modules bench.observe_<name> with `measure(options) -> Figures`, called one after the other with Django set up.

`options.postgres` is the server. What needs Redis starts one (`bench.database.running_redis`) and works in processes of
its own: this one writes nothing by itself.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Sizes, and which parts."""
    command.add_argument("--quick", action="store_true", help="a tenth of the time, for trying")
    command.add_argument("--only", choices=PARTS, action="append", help="measure this part alone; may be repeated")
    command.add_argument("--turns", type=int, default=2_400_000, help="turns of thirty days, for the statistics")
    command.add_argument("--rate", type=float, default=20.0, help="turns a second, for the cost of a turn")
    command.add_argument("--conversations", type=int, default=12_000, help="for the share of logs that is kept")
    command.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> Figures:
    """Each part's figures."""
    os.environ.setdefault("PARLEY_STATISTICS_SECONDS", "0")  # nothing writes beside what is measured
    from bench.database import running_postgres

    figures: Figures = {}
    with running_postgres("shared_buffers=1GB", "max_wal_size=4GB") as options.postgres:
        for name in options.only or PARTS:
            figures |= importlib.import_module(f"bench.observe_{name}").measure(options)
    return figures
