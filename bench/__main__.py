"""`python -m bench NAME [options]`: each benchmark starts what it needs, prints a table, and stops it again."""

import argparse
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parley.settings")


BENCHES = {
    "turns": "overhead of a turn, turns a second, CPU and memory, and the ratio to RQ's own workers",
    "recovery": "seconds until answers go on after each fault; lost and repeated answers",
    "sockets": "idle websockets on one web process: how many, memory of each, echo beside them",
    "admission": "tenfold overload of a rate tier: share used, refusals, order, and other models' turns beside it",
    "cache": "cached answers: shares answered and wrong on CLINC150, opposites, time of a lookup among 10,000",
    "costs": "a day of 10,000 conversations: spent with everything to the large model, and with each saving in turn",
    "router": "the classifier: time of a decision, AUC, share to the small model and share missed on public messages",
    "recall": "time of a recall among a million memories, while others are written, and beside plain pgvector",
    "memory_quality": "evidence among the ten best of what is recalled, and tokens beside the whole history",
    "observe": "statistics: error of percentiles, time of dashboards on a month, size; cost of a turn; what logs keep",
}


def main() -> None:
    """Run the benchmark that the command line names; only its module is imported."""
    from bench import report

    parser = argparse.ArgumentParser(prog="python -m bench", description="Measurements of Parley.")
    commands = parser.add_subparsers(dest="bench", required=True, metavar="NAME")
    for name, about in BENCHES.items():
        module = importlib.import_module(f"bench.{name}") if name in sys.argv[1:2] else None
        command = commands.add_parser(name, help=about, description=module.__doc__ if module else about)
        command.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
        if module:
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    options = parser.parse_args()
    figures = options.run(options)
    report.show(options.bench, figures)
    if options.json:
        report.write(options.json, options.bench, figures)


if __name__ == "__main__":
    main()
