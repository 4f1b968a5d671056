"""`manage.py demo_traffic`: a month that never was, to try the dashboards with."""

import time
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from conversations.demo import installing
from conversations.demo.alerts import write_alerts
from conversations.demo.choosing import chosen
from conversations.demo.logs import write_logs
from conversations.demo.month import Month
from conversations.demo.rows import Rows
from conversations.demo.spending import write_spend
from conversations.demo.traces import write_traces
from observability.statistics.rolling import roll_up

MOST_TURNS = 200_000  # a day


class Command(BaseCommand):
    """Statistics of all turns; rows of the newest, of those in trouble, and of some of the others."""

    help = (
        "Writes a month of invented conversations: their statistics, the alerts that would have fired, and for a part "
        "of them contacts, messages, turns, ratings, hand-overs, logs and traces. A provider is slow on the afternoon "
        "nine days ago, one is down on the morning three days ago. --remove takes everything away again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How much, and what to do."""
        parser.add_argument("--days", type=int, default=30, help="1 to 90 (30)")
        parser.add_argument(
            "--turns-a-day", type=int, default=6000, help=f"on a usual day, up to {MOST_TURNS:,} (6000)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another one draws another month (1)")
        parser.add_argument("--remove", action="store_true", help="take away what was written")
        parser.add_argument("--force", action="store_true", help="even beside real conversations")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or remove; prints what was done."""
        if options["remove"]:
            installing.remove()
            self.stdout.write("The demo traffic is gone.")
            return
        self._check(options)
        began = time.monotonic()
        turns, written = self._write(options)
        took = time.monotonic() - began
        self.stdout.write(f"{turns:,} turns in the statistics, {written:,} of them as rows, in {took:.0f} s.")
        self.stdout.write("`manage.py demo_traffic --remove` takes all of it away again.")

    def _check(self, options: dict[str, Any]) -> None:
        if not 1 <= options["days"] <= 90:
            raise CommandError("--days is 1 to 90.")
        if not 10 <= options["turns_a_day"] <= MOST_TURNS:
            raise CommandError(f"--turns-a-day is 10 to {MOST_TURNS:,}.")
        if installing.installed():
            raise CommandError("There is demo traffic already. Take it away first: manage.py demo_traffic --remove")
        if installing.real_conversations() and not options["force"]:
            raise CommandError(
                "There are real conversations here, and invented ones beside them would spoil every figure. "
                "Use another installation (PARLEY_STATE_DIR=/tmp/demo make run), or --force."
            )

    def _write(self, options: dict[str, Any]) -> tuple[int, int]:
        now, seed, counted = time.time(), options["seed"], 0
        cast = installing.install()
        month, rows = Month(cast, now, options["days"], options["turns_a_day"], seed), Rows(cast, now, seed)
        for day in month.write(installing.SOURCE):
            counted += len(day)
            with transaction.atomic():
                some = day.chosen(chosen(day, month.incidents, now, np.random.default_rng([seed, counted])))
                write_traces(cast, some, rows.write(some), now)
                write_spend(cast, day, now)
        roll_up()
        with transaction.atomic():
            logs = write_logs(cast.sites, seed)
            alerts = write_alerts(options["days"])
        self.stdout.write(f"{logs:,} conversations' logs are kept, and {alerts} alerts fired.")
        return counted, rows.written
