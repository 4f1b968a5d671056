"""manage.py embedders: whose vectors there are, and how many are still to be made."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memory.embedding import embedder
from memory.knowledge.indexing import index_pending
from memory.recall.vectors import embed_missing
from memory.switching.progress import NOW, rows


class Command(BaseCommand):
    """After another embedder was chosen, the number of rows of the one before goes down to nothing."""

    help = "Shows how many memories, copies of messages and passages have vectors of which embedder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--now."""
        parser.add_argument("--now", action="store_true", help="make the vectors that are missing, without a worker")

    def handle(self, *_: Any, **options: Any) -> None:
        """A table, and what is left to do."""
        if options["now"]:
            self._embed()
        found = rows()
        self.stdout.write(f"{'memories':>12}{'messages':>12}{'passages':>12}  embedder")
        for each in found:
            counts = f"{each.memories:>12,}{each.messages:>12,}{each.passages:>12,}"
            self.stdout.write(f"{counts}  {each.embedder or '–'} ({each.state})")
        left = sum(each.all_of_them for each in found if each.state != NOW)
        self.stdout.write(f"{left:,} rows to embed; workers do it in the background." if left else "Nothing to embed.")

    def _embed(self) -> None:
        done = 0
        while number := embed_missing() + index_pending():
            done += number
            self.stdout.write(f"{done:,} done")
        if trouble := embedder().background.trouble:
            raise CommandError(f"The rest waits for the embedder. {trouble}")
