"""Demo content: the help articles of Tarn & Thistle, an invented shop for bicycle bags, rainwear and
lights.
"""

from pathlib import Path

from memory.demo import vectors
from memory.embedding import embedder
from memory.knowledge.files import ArticleFile, read_article
from memory.knowledge.indexing import index_articles
from memory.models import BODY_LIMIT, Article
from people.models import Site

SHOP_NAME = "Tarn & Thistle"
GREETING = "Hello, and welcome to Tarn & Thistle! Ask me about orders, delivery, returns or our gear."
SUGGESTIONS = (
    "How long does delivery take?",
    "How do I return something?",
    "Which jacket size do I need?",
    "When is the shop open?",
)
FOLDER = Path(__file__).parent / "articles"


def demo_articles() -> list[ArticleFile]:
    """What the demo knows, in the order of the files."""
    return [read_article(path, body_limit=BODY_LIMIT) for path in sorted(FOLDER.glob("*.md"))]


def load_articles(site: Site) -> int:
    """Give a site without any articles those of the demo, indexed at once. Returns how many were added.

    A site that has articles, were it a single one, is left alone: what an administrator changed or deleted stays so.
    """
    if Article.objects.filter(site=site).exists():
        return 0
    found = demo_articles()
    embedder().remember(vectors.kept(embedder(), vectors.texts_of(found)))
    added = Article.objects.bulk_create([_article(site, one) for one in found])
    index_articles(added)
    return len(added)


def _article(site: Site, found: ArticleFile) -> Article:
    article = Article(site=site, title=found.title, slug=found.slug, url=found.url, body=found.body)
    article.digest = article.text_digest()
    return article
