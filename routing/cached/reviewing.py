"""Whether an answer is served: approving, switching off, and what sends it back to be looked at again. All blocking."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from routing.cached.articles import article
from routing.cached.changes import changed
from routing.cached.conflicts import Conflict, conflicts_of
from routing.models import CachedAnswer

State = CachedAnswer.State
A_DAY = timedelta(days=1)


class NotApproved(ValueError):
    """It cannot be served; the message says why. `conflicts` names the other answers, if it is for them."""

    def __init__(self, why: str, found: Sequence[Conflict] = ()) -> None:
        super().__init__(why)
        self.conflicts = list(found)


def approve(answer: CachedAnswer, user: Any = None) -> None:
    """Serve it from now on, drawn from its article as that is now. `user` None: approved by itself.

    Raises NotApproved when it has no question, or shares one with another answer in an overlapping scope.
    """
    if not answer.questions.exists():
        raise NotApproved("It has no question that asks for it: add one.")
    if found := conflicts_of(answer):
        raise NotApproved(f"“{found[0].question}” is asked for by another answer too.", found)
    source = article(answer.article_id)
    answer.state, answer.review_reason = State.APPROVED, ""
    answer.approved_at, answer.approved_by = timezone.now(), user
    answer.article_digest = source.digest if source else ""
    answer.article_id = source.id if source else None
    answer.save(
        update_fields=["state", "review_reason", "approved_at", "approved_by", "article_digest", "article_id"],
    )


def switch_off(answers: QuerySet[CachedAnswer]) -> int:
    """Stop serving them, within a second. How many were not off."""
    return _to(State.OFF, answers.exclude(state=State.OFF), "")


def send_to_review(answers: QuerySet[CachedAnswer], reason: str) -> int:
    """Stop serving those that are approved until somebody approves them again. How many there were."""
    return _to(State.REVIEW, answers.filter(state=State.APPROVED), reason)


def article_changed(article_id: int, digest: str, title: str, *, published: bool = True) -> int:
    """Its text is another now: what was drawn from the old one goes to review."""
    drawn = CachedAnswer.objects.filter(article_id=article_id)
    if not published:
        return send_to_review(drawn, f"The article “{title}” is not published any more.")
    return send_to_review(drawn.exclude(article_digest=digest), f"The article “{title}” was changed.")


def article_deleted(article_id: int, title: str) -> int:
    """It is gone: what was drawn from it goes to review."""
    return send_to_review(CachedAnswer.objects.filter(article_id=article_id), f"The article “{title}” was deleted.")


def review_expired() -> int:
    """A chore: what was approved longer ago than its lifetime goes to review. How many."""
    ends = ExpressionWrapper(F("approved_at") + F("lifetime_days") * A_DAY, output_field=DateTimeField())
    over = CachedAnswer.objects.filter(lifetime_days__isnull=False).annotate(ends=ends).filter(ends__lte=Now())
    return send_to_review(over, "Its lifetime since the last approval is over.")


def _to(state: str, answers: QuerySet[CachedAnswer], reason: str) -> int:
    ids = list(answers.values_list("pk", flat=True))
    from_states = {State.APPROVED} if state == State.REVIEW else set(State) - {state}
    count = CachedAnswer.objects.filter(pk__in=ids, state__in=from_states).update(
        state=state, review_reason=reason[:300]
    )
    if ids:
        changed(ids)
    return count
