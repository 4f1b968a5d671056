"""The article that fits the message best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.conditions.matching import fold
from routing.rules.fields import Field, Params, ids, number, refuse_unknown, text, trouble

LEAST = 0.48  # as memory.knowledge.search.FITS: from there on the article answers most questions
MOST_OFFERED = 500
Articles = Callable[[int], Sequence[tuple[int, str]]]
_registered: list[Articles] = []


def register_articles(articles: Articles) -> None:
    """Name who knows the articles: (id, title) of at most so many. Routing does not know memory."""
    _registered[:] = [articles]


@condition
@dataclass(frozen=True)
class Topic(Condition):
    """The best article is one of the chosen, or its title has some words; its score is high enough."""

    kind = "topic"
    title = "Article topic"
    place = 30
    help = "The article that fits the message best is one of these, or its title contains a text."

    articles: tuple[int, ...] = ()
    title_contains: str = ""
    least: float = LEAST

    @classmethod
    def fields(cls) -> list[Field]:
        """Articles, a title, a score."""
        offered = tuple(_registered[0](MOST_OFFERED)) if _registered else ()
        about = "How well it must fit, as a transcript shows it for each article. 0.48: it most likely answers it."
        return [
            Field("articles", "Articles", "choices", choices=offered, empty="There is no article yet."),
            Field("title_contains", "Or its title contains", "text", placeholder="returns"),
            Field("least", "Least score", "number", about, default=LEAST),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        articles = ids(params, "articles", most=200, missing="")
        contains = text(params, "title_contains", most=200)
        if not articles and not contains:
            raise trouble("articles", "Choose an article, or write what its title contains.")
        least = number(params, "least", low=0, high=10)
        return cls(articles, contains, LEAST if least is None else least)

    def holds(self, question: Question) -> Outcome:
        """Names the best article and its score."""
        if not question.articles:
            return Outcome(False, "no article was found")
        best = question.articles[0]
        named = bool(self.title_contains) and fold(self.title_contains) in fold(best.title)
        held = (best.article_id in self.articles or named) and best.score >= self.least
        return Outcome(held, f"best article: “{best.title[:80]}” ({best.score:.2f})")

    def sentence(self) -> str:
        """For people."""
        chosen = [f"is one of {len(self.articles)} chosen"] if self.articles else []
        chosen += [f"has “{self.title_contains}” in its title"] if self.title_contains else []
        return f"the best article {' or '.join(chosen)}, with a score of at least {self.least:g}"

    def covers(self, other: Condition) -> bool:
        """More articles, a shorter part of the title, a lower score."""
        if not isinstance(other, Topic) or other.least < self.least or not set(other.articles) <= set(self.articles):
            return False
        ours, theirs = fold(self.title_contains), fold(other.title_contains)
        return not theirs or (bool(ours) and ours in theirs)

    def excludes(self, other: Condition) -> bool:
        """None in common, where both are chosen by hand."""
        if not isinstance(other, Topic) or self.title_contains or other.title_contains:
            return False
        return not set(self.articles) & set(other.articles)
