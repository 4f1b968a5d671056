"""manage.py embed_demo: compute the vectors of the demo articles anew, after their texts or the embedder changed."""

from typing import Any

from django.core.management.base import BaseCommand

from memory.demo import demo_articles, vectors
from memory.embedding import embedder


class Command(BaseCommand):
    """Write memory/demo/vectors.npz."""

    help = "For developers: computes the vectors of the demo articles anew, after their texts changed."

    def handle(self, *_: Any, **__: Any) -> None:
        """Embed every passage of the demo, some 5 seconds of work."""
        texts = vectors.texts_of(demo_articles())
        vectors.keep(embedder(), texts)
        self.stdout.write(f"{len(texts)} passages embedded into {vectors.FILE}.")
