"""What becomes of a suggestion: an answer, or nothing. Blocking."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from routing.cached.embedding import embed_questions
from routing.cached.normalise import normalised
from routing.cached.reviewing import NotApproved, approve
from routing.models import AnswerSuggestion, CachedAnswer, CachedQuestion, CachePolicy

State = AnswerSuggestion.State


def accept(row: AnswerSuggestion, user: Any = None, *, approved: bool = True) -> CachedAnswer:
    """Make it an answer: approved and served, or a draft. `user` None: by itself.

    Raises NotApproved, and makes nothing, when another answer has one of its questions; or when it was decided already.
    """
    with transaction.atomic():
        _decide(row, State.APPROVED)
        answer = CachedAnswer.objects.create(
            site_id=row.site_id,
            text=row.answer,
            sources=row.sources,
            article_id=row.article_id,
            origin=CachedAnswer.Origin.SUGGESTION,
        )
        add_questions(answer, [text for text, _ in row.questions])
        if approved:
            approve(answer, user)
        row.cached = answer
        row.save(update_fields=["cached"])
    return answer


def reject(row: AnswerSuggestion) -> None:
    """It does not come back. Raises NotApproved when it was decided already."""
    _decide(row, State.REJECTED)


def approve_alone(row: AnswerSuggestion, policy: CachePolicy) -> bool:
    """Whether it was approved by itself: only where the policy allows it, under its conditions."""
    enough = row.count >= policy.approve_count and row.consistency >= policy.approve_consistency
    if not policy.approve_alone or not enough:
        return False
    try:
        accept(row)
    except NotApproved:  # a person must see to the answer that is there already
        row.state = State.WAITING
        return False
    return True


def add_questions(
    answer: CachedAnswer, texts: Sequence[str], origin: str = CachedQuestion.Origin.PERSON, *, embed: bool = True
) -> None:
    """Questions that the answer does not have yet, with their vectors."""
    rows = {normalised(text): text.strip() for text in texts if normalised(text)}
    made = [CachedQuestion(answer=answer, text=text, normalised=plain, origin=origin) for plain, text in rows.items()]
    CachedQuestion.objects.bulk_create(made, ignore_conflicts=True)
    if embed:
        embed_questions(answer.pk)


def _decide(row: AnswerSuggestion, state: str) -> None:
    waiting = AnswerSuggestion.objects.filter(pk=row.pk, state=State.WAITING)
    if waiting.update(state=state, updated_at=timezone.now()) != 1:
        raise NotApproved("It was decided already.")
    row.state = state
