"""Start all of Parley on this machine: Postgres, Valkey, web server, workers."""

import argparse
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from embedded.alone import AlreadyRunning
from embedded.errors import StartError
from embedded.furnish import make_administrator
from embedded.start import Wishes, start
from parley.state import StateError


class Command(BaseCommand):
    """`manage.py up`; `make run` ends here."""

    help = "Start Postgres, Valkey, the web server and the workers, and stay until Ctrl-C."
    requires_system_checks: list[str] = []  # the database is started here; the processes check for themselves

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The command line."""
        parser.add_argument("--port", type=port, default=str(settings.PORT), help="of the web server (PORT)")
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all")
        parser.add_argument("--workers", type=int, default=settings.WORKERS, help="processes (PARLEY_WORKERS)")
        parser.add_argument("--new-password", action="store_true", help="give `admin` a new one and show it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start; only the errors that people cannot mend show where they happened."""
        del args
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `with` blocks end what runs already
        wishes = Wishes(options["port"], options["bind"], max(options["workers"], 1), options["new_password"])
        try:
            code = start(wishes)
        except AlreadyRunning as running:
            if not wishes.new_password:
                raise CommandError(str(running)) from None
            self.stdout.write(f"admin's new password: {make_administrator(new_password=True)}")
            return
        except (StartError, StateError) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
            sys.exit(130)
        sys.exit(code)


def port(text: str) -> int:
    """A port number from the command line. Raises ArgumentTypeError."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 1 to 65535.")
    return int(text)
