"""What conversations tell cached answers: questions that were answered well and are nobody's own, and articles.

Routing, below us, asks for both through routing/cached/suggestions.py and routing/cached/articles.py.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.signals import post_delete, post_save

from conversations.models import Message, Rating, Role, Turn, TurnState
from memory.knowledge.followup import leans_on_previous
from memory.models import Article
from routing.cached import articles, suggestions
from routing.cached.articles import ArticleLine
from routing.cached.reviewing import article_changed, article_deleted
from routing.cached.standing_alone import is_personal, why_not
from routing.cached.suggestions import Asked
from routing.models import AnsweredBy
from routing.question import Question

LONGEST_ANSWER = 20_000
PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\+?\d[\d ()/.-]{6,}\d|\b(?=\w*\d\w*\d\w*\d\w*\d)[\w-]{8,}\b|\d{5,}"
    r"|\b[Mm]y (?:full |first |last |sur)?name(?:'s| is)\b"
    r"|\b(?:[Ii] am|[Ii]'m|[Tt]his is|[Ii]ch bin|[Mm]ein Name ist|[Jj]e suis) [A-Z][a-z]"
    r"|\b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Mme|Señor|Señora)\.? [A-Z]"
    r"|\b(?:regards|cheers|thanks|grüße)[,!.]?\s+[A-Z][a-z]+\s*$"
)
FIELDS = (
    "pk", "message__text", "answer__text", "answer__sources", "cost", "passages", "conversation__site_id",
    "conversation__contact_id", "conversation__contact__name", "later", "disliked", "again",
)  # fmt: skip


def register() -> None:
    """Called when the app is ready."""
    suggestions.register(asked_since)
    articles.register(article_lines)
    post_save.connect(_article_saved, sender=Article, dispatch_uid="cached answers drawn from it")
    post_delete.connect(_article_deleted, sender=Article, dispatch_uid="cached answers drawn from it")


def asked_since(since: datetime, most: int) -> list[Asked]:
    """The newest answered turns whose question stands alone and tells nothing of a person."""
    return [_asked(row) for row in _turns(since).values(*FIELDS)[:most] if _may_be_suggested(row)]


def _turns(since: datetime) -> QuerySet[Turn]:
    """Answered in full by a model or the articles; asking again counts against the first answer, and has its own."""
    earlier = Message.objects.filter(conversation=OuterRef("conversation"), pk__lt=OuterRef("message_id"))
    down = Rating.objects.filter(message__turn=OuterRef("pk"), value=Rating.Value.DOWN)
    again = Turn.objects.filter(replaces=OuterRef("pk"))
    answered = Turn.objects.filter(state=TurnState.ANSWERED, finished_at__gte=since, message__role=Role.CONTACT)
    answered = answered.filter(answered_by__in=[AnsweredBy.MODEL, AnsweredBy.ARTICLES], answer__stopped=False)
    answered = answered.filter(message__forgotten_at=None)
    answered = answered.exclude(finish_reason="length").exclude(answer__text="")
    return answered.annotate(later=Exists(earlier), disliked=Exists(down), again=Exists(again)).order_by("-finished_at")


def _may_be_suggested(row: dict[str, Any]) -> bool:
    text = row["message__text"].strip()
    if len(row["answer__text"]) > LONGEST_ANSWER or leans_on_previous(text):
        return False
    if why_not(Question(text=text, site_id=0, audience_key="", messages=int(row["later"]))) or is_personal(text):
        return False
    return not PERSONAL.search(text) and not _named(row["conversation__contact__name"], text, row["answer__text"])


def _named(name: str, question: str, answer: str) -> bool:
    """Whether a part of the contact's name stands in either."""
    parts = [re.escape(part) for part in re.findall(r"\w{3,}", name)]
    return bool(parts) and bool(re.search(rf"\b(?:{'|'.join(parts)})\b", f"{question} {answer}", re.IGNORECASE))


def _asked(row: dict[str, Any]) -> Asked:
    sources = [source for source in row["answer__sources"] if isinstance(source, dict)]
    return Asked(
        site_id=row["conversation__site_id"],
        contact_id=row["conversation__contact_id"],
        question=row["message__text"].strip(),
        answer=row["answer__text"],
        cost=row["cost"] or Decimal(0),
        sources=sources,
        article_id=_article(sources, row["passages"]),
        disliked=row["disliked"] or row["again"],
    )


def _article(sources: Sequence[dict[str, str]], passages: Sequence[dict[str, Any]]) -> int | None:
    """The article of the first source, as the search found it."""
    by_url = {passage.get("url"): passage.get("article_id") for passage in passages}
    return by_url.get(sources[0].get("url")) if sources else None


def article_lines(ids: Collection[int] | None) -> list[ArticleLine]:
    """Articles by number, or the published ones by title."""
    found = Article.objects.published() if ids is None else Article.objects.filter(pk__in=ids)
    rows = found.order_by("title", "pk").values_list("pk", "title", "site_id", "site__name", "digest")
    return [ArticleLine(*row) for row in rows[: articles.MOST]]


def _article_saved(instance: Article, created: bool, **_: Any) -> None:
    if not created:
        article_changed(instance.pk, instance.digest, instance.title, published=instance.published)


def _article_deleted(instance: Article, **_: Any) -> None:
    article_deleted(instance.pk, instance.title)
