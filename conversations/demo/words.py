"""What is asked and answered in invented conversations: the demo's questions, and the beginnings of its articles."""

import json
import re
from dataclasses import dataclass

from memory.demo import FOLDER, demo_articles

QUESTIONS = FOLDER.parent / "questions.jsonl"
FAILURES = {
    "provider": (
        "server",
        "The provider answered 503: overloaded. Its status page may say more; other models took over.",
    ),
    "timeout": ("timeout", "Nothing came from the provider for 60 seconds."),
    "context": ("context_length", "The conversation is longer than the model's context window."),
    "internal": ("internal", "A fault of ours; the log has the trace."),
    "worker_lost": ("worker_lost", "Five workers died while they had this turn."),
}
NOTHING = "I could not find that in our help pages. Shall I pass you to a colleague?"


@dataclass(frozen=True)
class Said:
    """A question, its answer, and where that stands."""

    question: str
    answer: str
    title: str
    url: str


def vocabulary() -> list[Said]:
    """All questions with an answer."""
    articles = {article.slug: article for article in demo_articles()}
    found = [json.loads(line) for line in QUESTIONS.read_text().splitlines() if line.strip()]
    return [
        Said(each["question"], _beginning(article.body), article.title, article.url)
        for each in found
        if each["slugs"] and (article := articles.get(each["slugs"][0]))
    ]


def _beginning(body: str) -> str:
    """The first paragraph that is no heading and no list, and not too long."""
    for paragraph in re.split(r"\n\s*\n", body):
        text = " ".join(paragraph.split())
        if text and text[0] not in "#-*|":
            return text[:600]
    return NOTHING
