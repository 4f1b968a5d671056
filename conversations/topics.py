"""The articles that a routing rule may name: routing knows no articles."""

from collections.abc import Sequence

from memory.models import Article
from routing.rules.conditions import register_articles


def offered(most: int) -> Sequence[tuple[int, str]]:
    """(id, title with its site), the published ones by title."""
    rows = Article.objects.published().order_by("title", "pk").values_list("pk", "title", "site__name")[:most]
    return [(number, f"{title} ({site})") for number, title, site in rows]


def register() -> None:
    """Let rules offer them."""
    register_articles(offered)
