"""The message that a rule is tried with: written on the page, or one that was sent."""

import re
from datetime import UTC, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from people.models import AudienceTier, Site
from routing import classifier
from routing.admin.rules.articles import found_for
from routing.question import Question
from routing.rules.past import one_past_turn
from routing.vectors import local_embedder

MOST_CHARACTERS = 8000
MOST_MESSAGES = 100_000
LOOK_BACK = "conversations.view_conversation"
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def asked(request: HttpRequest, sent: QueryDict) -> Question:
    """The question to try: a past one where one is named. Raises ValidationError that says what is missing."""
    named = sent.get("try_past", "").strip()
    if not named:
        return written(sent)
    if not request.user.has_perm(LOOK_BACK):
        raise ValidationError("You may not read conversations: write a message instead.")
    return sent_before(named)


def sent_before(named: str) -> Question:
    """The message of a turn, or the last of a conversation, by its number or link. Raises ValidationError."""
    conversation, number = UUID.search(named), re.fullmatch(r"(?:turn\s*)?#?(\d{1,18})", named, re.IGNORECASE)
    if conversation is None and number is None:
        raise ValidationError("Write the number of a turn, or the link or the number of a conversation.")
    turn = one_past_turn(conversation=conversation[0]) if conversation else None
    if number is not None:
        turn = one_past_turn(turn_id=int(number[1]))
    if turn is None:
        raise ValidationError("There is no such turn, or nothing was asked in that conversation.")
    return turn.question


def written(sent: QueryDict) -> Question:
    """The question that was written on the page. Raises ValidationError that says what is missing."""
    text = sent.get("try_text", "").replace("\0", "").strip()
    if not text:
        raise ValidationError("Write a message, or name a turn or a conversation.")
    if len(text) > MOST_CHARACTERS:
        raise ValidationError(f"A message has at most {MOST_CHARACTERS:,} characters; this has {len(text):,}.")
    site, audience = _row(Site, sent.get("try_site", ""), "pk"), _row(AudienceTier, sent.get("try_audience", ""), "key")
    return Question(
        text,
        site_id=site.pk,
        audience_key=audience.key,
        audience_id=audience.pk,
        searched=text,
        messages=_messages(sent.get("try_messages", "")),
        conversation="tried",
        asked_at=_moment(sent.get("try_time", "")),
    )


def complete(question: Question) -> classifier.Scored:
    """Embed the question, find its articles, score it and look at the budget, as a turn would. Blocks."""
    vector = local_embedder().embed_all([question.searched or question.text])[0]
    question.vector = vector
    question.articles = question.articles or found_for(question.site_id, question.searched or question.text, vector)
    classifier.refresh_now()
    scored = classifier.scored(question.text, vector)
    question.score = scored.score
    return scored


def _row(kind: Any, value: str, field: str) -> Any:
    named = {"pk": "site", "key": "audience"}[field]
    usable = value.isdecimal() and len(value) < 18 if field == "pk" else "\0" not in value
    found = kind.objects.filter(**{field: value}).first() if usable else None
    if found is None:
        raise ValidationError(f"Choose the {named}: the one that was chosen is not there any more. Reload the page.")
    return found


def _messages(value: str) -> int:
    value = value.strip() or "0"
    if not (value.isascii() and value.isdecimal()) or int(value[:12]) > MOST_MESSAGES:
        raise ValidationError(f"Messages before it: a whole number from 0 to {MOST_MESSAGES:,}.")
    return int(value)


def _moment(value: str) -> datetime:
    now = datetime.now(UTC)
    if not value:
        return now
    try:
        return datetime.combine(now.date(), time.fromisoformat(value), UTC)
    except ValueError:
        raise ValidationError("Write the time as hours and minutes, like 14:30.") from None
