"""Articles to passages with vectors. Anything here may run twice, or at the same time: the last text wins."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from memory.embedding import EmbedderError, TextRefused, Vectors, embedder
from memory.knowledge.passages import Piece, cut
from memory.models import Article, ArticleQuerySet, IndexState, Passage

logger = logging.getLogger(__name__)


def index_article(article_id: int) -> bool:
    """Recompute the passages of one article. Returns whether they are now those of its present text: False
    when it is gone, was changed meanwhile (whoever changed it asks again), or failed (its error says why).
    """
    article = Article.objects.filter(pk=article_id).first()
    return article is not None and index_articles([article]) == 1


def index_pending(limit: int = 50, *, older_than: float = 0) -> int:
    """Index up to `limit` waiting articles, oldest first; only those unchanged for `older_than` seconds, so
    that a sweeper leaves fresh ones to the workers. Returns how many are indexed now.
    """
    before = timezone.now() - timedelta(seconds=older_than)
    return index_articles(list(Article.objects.waiting(embedder().name).filter(updated_at__lte=before)[:limit]))


def index_articles(articles: Sequence[Article]) -> int:
    """Index these articles with one call of the embedder. Returns how many are indexed now. While the embedder is away
    they wait, whatever state they are in, and are tried again after a pause that grows.
    """
    pauses = embedder().background
    if pauses.left:
        return 0
    pieces = {article.pk: cut(article.title, article.body) for article in articles}
    try:
        vectors = embedder().embed_all([piece.embedded for article in articles for piece in pieces[article.pk]])
    except TextRefused as error:
        if len(articles) > 1:
            return sum(index_articles([article]) for article in articles)
        _record_failure(articles, error)
        return 0
    except EmbedderError as error:
        _let_wait(articles, error, pauses.failed(error))
        return 0
    except Exception as error:  # noqa: BLE001 - whatever a pluggable embedder raises is shown beside the article
        _record_failure(articles, error)
        return 0
    pauses.went_well()
    indexed, first = 0, 0
    for article in articles:
        own = pieces[article.pk]
        indexed += _store(article, own, vectors[first : first + len(own)])
        first += len(own)
    return indexed


def _store(article: Article, pieces: Sequence[Piece], vectors: Vectors) -> bool:
    """Replace the passages, unless the text changed since it was read. The update locks the row: others
    wait.
    """
    try:
        with transaction.atomic():
            done = {"index_state": IndexState.INDEXED, "index_error": "", "indexed_digest": article.digest}
            if not _unchanged(article).update(**done):
                return False
            article.passages.all().delete()
            Passage.objects.bulk_create(_passages(article, pieces, vectors))
    except DatabaseError as error:
        _record_failure([article], error)
        return False
    return True


def _passages(article: Article, pieces: Sequence[Piece], vectors: Vectors) -> Iterable[Passage]:
    name = embedder().name
    for ordinal, (piece, vector) in enumerate(zip(pieces, vectors, strict=True)):
        yield Passage(
            article=article,
            site_id=article.site_id,
            ordinal=ordinal,
            heading=piece.heading,
            text=piece.text,
            embedding=vector,
            embedder=name,
        )


def _unchanged(article: Article) -> ArticleQuerySet:
    return Article.objects.filter(pk=article.pk, digest=article.digest, site_id=article.site_id)


def _let_wait(articles: Sequence[Article], error: EmbedderError, seconds: float) -> None:
    """It is no fault of theirs, but whoever looks at them wants to know."""
    logger.warning("%s articles wait to be indexed; tried again in %.0f s: %s", len(articles), seconds, error)
    for article in articles:
        _unchanged(article).update(index_error=f"It waits for the embedder. {error}"[:1000])


def _record_failure(articles: Sequence[Article], error: Exception) -> None:
    logger.error("Indexing failed: %s", error, exc_info=error)
    for article in articles:
        _unchanged(article).update(index_state=IndexState.FAILED, index_error=f"{type(error).__name__}: {error}"[:1000])
