"""The articles that a message finds, for trying a rule: routing, below us, must not know of articles."""

from memory.knowledge.search import search_sync
from routing.admin.rules.articles import register
from routing.question import ArticleFound, Vector


def search(site_id: int, text: str, vector: Vector | None) -> list[ArticleFound]:
    """Each article by its best passage, best first, as a turn sees them."""
    best: dict[int, ArticleFound] = {}
    for hit in search_sync(site_id, text, vector):
        best.setdefault(hit.article_id, ArticleFound(hit.article_id, hit.title, hit.score))
    return list(best.values())


register(search)
