"""`manage.py export_logs --from 2026-11-01 --format jsonl --out logs.jsonl`: kept logs, redacted as they are stored."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from observability import names
from observability.logs.exporting import NoParquet, Slice, site_number, to_jsonl, to_parquet


def moment(text: str) -> datetime:
    """A day or a time, of UTC where it names no other zone. Raises ArgumentTypeError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 2026-11-24 or 2026-11-24T12:30") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    """See the module."""

    help = "Write kept logs of conversations to a file, as JSON lines or Parquet."

    def add_arguments(self, parser: CommandParser) -> None:
        """When, of which site, as what, where to."""
        parser.add_argument("--from", dest="start", type=moment, help="UTC; default: seven days ago.")
        parser.add_argument("--to", dest="end", type=moment, help="UTC, not included; default: now.")
        parser.add_argument("--site", default="", help="A site's name or number; default: all sites.")
        parser.add_argument("--format", choices=["jsonl", "parquet"], default="jsonl")
        parser.add_argument("--out", default="-", help="A file; - is the standard output (JSON lines only).")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Export; tells how many records on the standard error, so that the output can be piped."""
        wanted = self._slice(options)
        out, count = options["out"], 0
        try:
            if options["format"] == "parquet":
                count = self._parquet(wanted, out)
            elif out == "-":
                count = to_jsonl(wanted, sys.stdout)
            else:
                with Path(out).open("w", encoding="utf-8") as file:
                    count = to_jsonl(wanted, file)
        except NoParquet as error:
            raise CommandError(str(error)) from None
        except BrokenPipeError:
            sys.exit(0)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}") from None
        self.stderr.write(f"{count:,} records")

    def _parquet(self, wanted: Slice, out: str) -> int:
        if out == "-":
            raise CommandError("Parquet needs a file: add --out logs.parquet.")
        return to_parquet(wanted, out)

    def _slice(self, options: dict[str, Any]) -> Slice:
        end = options["end"] or timezone.now()
        start = options["start"] or end - timedelta(days=7)
        if start >= end:
            raise CommandError("--from must be before --to.")
        site = site_number(options["site"]) if options["site"] else None
        if options["site"] and site is None:
            known = ", ".join(names.names("site").values()) or "none"
            raise CommandError(f"There is no site {options['site']!r}. There are: {known}.")
        return Slice(start, end, site)
