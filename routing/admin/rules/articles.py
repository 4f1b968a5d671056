"""Which articles a tried message finds. Memory has them, beside us: who knows both registers the search here."""

from collections.abc import Callable

from routing.question import ArticleFound, Vector

Search = Callable[[int, str, Vector | None], list[ArticleFound]]
_registered: list[Search] = []


def register(search: Search) -> None:
    """Name who searches a site's articles, best first; the last one registered does."""
    _registered[:] = [search]


def found_for(site_id: int, text: str, vector: Vector | None) -> tuple[ArticleFound, ...]:
    """The best articles of the site for the text, best first; none where nobody searches. Blocks."""
    return tuple(_registered[0](site_id, text, vector)) if _registered else ()
