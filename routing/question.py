"""What routing is told of a turn: plain values.

So a turn of today, one of last week and one that is only tried look the same to rules, classifier and cached answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from numpy import float32
from numpy.typing import NDArray

from routing.language import language_of

Vector = NDArray[float32]


@dataclass(frozen=True)
class ArticleFound:
    """An article that the search found for the message; `score` as memory.knowledge.search gives it."""

    article_id: int
    title: str
    score: float


def each_once(found: Iterable[ArticleFound]) -> tuple[ArticleFound, ...]:
    """Each article once, where it comes first: with its best passage's score."""
    best: dict[tuple[int, str], ArticleFound] = {}
    for article in found:
        best.setdefault((article.article_id, article.title), article)
    return tuple(best.values())


@dataclass
class Question:
    """One message on its way to an answer.

    `vector` is the L2-normalised embedding of the message by the local embedder; None where it was not computed (a
    replay), and then `score` is what was stored. `searched` is what was embedded: the message, with the one before it
    where it leans on that; `stands_alone` is whether those are the same. `messages` counts what was said before in the
    conversation, by anyone. `articles` are best first. `conversation` is its id as text. `budget_used` is the share of
    the tightest budget that is spent (1.0: all of it); None without a budget.
    """

    text: str
    site_id: int
    audience_key: str
    audience_id: int = 0
    vector: Vector | None = None
    searched: str = ""
    stands_alone: bool = True
    messages: int = 0
    conversation: str = ""
    channel: str = "widget"
    asked_at: datetime = field(default_factory=lambda: datetime.now().astimezone())
    articles: tuple[ArticleFound, ...] = ()
    score: float | None = None
    budget_used: float | None = None

    @cached_property
    def language(self) -> str:
        """The message's language as two letters ("en"); empty where the text is too short to tell."""
        return language_of(self.text)
