"""The demo shop's articles, and its labelled questions."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from memory.demo import load_articles
from memory.models import Article
from people.models import Site

QUESTIONS = Path(__file__).parents[2] / "memory" / "demo" / "questions.jsonl"


@dataclass(frozen=True)
class Question:
    """A question and the slugs of the articles that answer it; none for one that the shop cannot answer."""

    text: str
    slugs: frozenset[str]


@pytest.fixture
def shop(site: Site) -> Site:
    """The site of the cast with the demo's articles, indexed."""
    load_articles(site)
    return site


@pytest.fixture(scope="session")
def questions() -> list[Question]:
    """The labelled questions."""
    rows = [json.loads(line) for line in QUESTIONS.read_text().splitlines()]
    return [Question(row["question"], frozenset(row["slugs"])) for row in rows]


@pytest.fixture
def article(site: Site) -> Article:
    """One article that is not indexed yet."""
    return Article.objects.create(site=site, title="Opening hours", body="We open at nine.\n\n## Sunday\n\nClosed.")
