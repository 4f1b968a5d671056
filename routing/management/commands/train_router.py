"""manage.py train_router: train the classifier on one's own labels; with --starter, make the shipped weights."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.classifier import going_live, making, training
from routing.classifier.words import outcome


class Command(BaseCommand):
    """Trains; goes live only with --go-live."""

    help = "Trains the classifier of messages on the labels of this installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--go-live, --missed, --starter."""
        parser.add_argument("--go-live", action="store_true", help="let the new version decide at once")
        parser.add_argument(
            "--missed",
            type=float,
            default=100 * training.DEFAULT_ALLOWED,
            metavar="PERCENT",
            help="of hard messages, so many at most may go to the small model (default %(default)g)",
        )
        parser.add_argument("--starter", action="store_true", help="make the shipped weights anew from the starter set")

    def handle(self, *_: Any, **options: Any) -> None:
        """Say what came of it. Exits with 1 when there is too little to learn from."""
        if options["starter"]:
            self.stdout.write(making.make_starter())
            return
        before = going_live.live_id()
        try:
            version = training.train(options["missed"] / 100, tell=self.stdout.write)
            self.stdout.write(outcome(version.report))
            if not options["go_live"]:
                self.stdout.write(f"{version} is stored and not live. Look at it in the admin, under Classifier.")
                return
            going_live.go_live(version.pk, before)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{version} is live.")
