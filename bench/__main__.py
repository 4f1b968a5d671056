"""`python -m bench NAME [options]`: each benchmark starts what it needs, prints a table, and stops it again."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parley.settings")


def main() -> None:
    """Run the benchmark that the command line names."""
    from bench import recovery, report, turns

    parser = argparse.ArgumentParser(prog="python -m bench", description="Measurements of Parley.")
    commands = parser.add_subparsers(dest="bench", required=True, metavar="NAME")
    for name, module in {"turns": turns, "recovery": recovery}.items():
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        command.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args()
    figures = options.run(options)
    report.show(options.bench, figures)
    if options.json:
        report.write(options.json, options.bench, figures)


if __name__ == "__main__":
    main()
