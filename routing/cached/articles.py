"""The articles that answers are drawn from. Memory has them, beside us: who knows both registers them here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

MOST = 2000  # offered to choose from


@dataclass(frozen=True)
class ArticleLine:
    """An article by its number. `digest` changes with its text."""

    id: int
    title: str
    site_id: int
    site: str
    digest: str


Listed = Callable[[Collection[int] | None], Sequence[ArticleLine]]
_registered: list[Listed] = []


def register(listed: Listed) -> None:
    """`listed(ids)`: those of these numbers; of None, at most MOST published ones by title. The last one counts."""
    _registered[:] = [listed]


def articles(ids: Collection[int] | None = None) -> list[ArticleLine]:
    """Empty where nobody registered. Blocks."""
    return list(_registered[0](ids)) if _registered else []


def article(article_id: int | None) -> ArticleLine | None:
    """One by its number; None for one that is gone."""
    return next(iter(articles([article_id])), None) if article_id else None
