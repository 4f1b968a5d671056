"""manage.py index_articles: make the passages of articles that wait for it, without a worker."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memory.embedding import embedder
from memory.knowledge.indexing import index_pending
from memory.models import Article, IndexState

BATCH = 50


class Command(BaseCommand):
    """Index waiting articles, and those that failed; with --all every one anew."""

    help = "Indexes articles that are waiting or failed (or, with --all, every one)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--all."""
        parser.add_argument("--all", action="store_true", help="index every article again")

    def handle(self, *_: Any, **options: Any) -> None:
        """Index in batches; fail with the titles of those that could not be indexed."""
        chosen = Article.objects.all() if options["all"] else Article.objects.filter(index_state=IndexState.FAILED)
        chosen.update(index_state=IndexState.PENDING, index_error="")
        done = 0
        while waiting := Article.objects.waiting(embedder().name).count():
            done += index_pending(BATCH)
            if Article.objects.waiting(embedder().name).count() >= waiting:
                break  # nothing moved: their texts change faster than we index
        self.stdout.write(f"Indexed {done} article{'' if done == 1 else 's'}.")
        if failed := list(Article.objects.filter(index_state=IndexState.FAILED)):
            names = "\n".join(f"  {article.title}: {article.index_error}" for article in failed)
            raise CommandError(f"{len(failed)} could not be indexed. Mend the cause and run this again:\n{names}")
        if trouble := embedder().background.trouble:
            raise CommandError(f"The others wait for the embedder, and workers try again by themselves. {trouble}")
