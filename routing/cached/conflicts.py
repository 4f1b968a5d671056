"""Two answers with the same question where both could be served: nobody could say which one is meant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.models import CachedAnswer, CachedQuestion


@dataclass(frozen=True)
class Scope:
    """Whom and when an answer is for. None and empty: everybody, any language, for good."""

    site_id: int | None = None
    language: str = ""
    audience_ids: frozenset[int] = field(default_factory=frozenset)
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def overlaps(self, other: "Scope") -> bool:
        """Whether one visitor could be served either."""
        return (
            _meet(self.site_id, other.site_id)
            and _meet(self.language, other.language)
            and (not self.audience_ids or not other.audience_ids or bool(self.audience_ids & other.audience_ids))
            and _before(self.valid_from, other.valid_until)
            and _before(other.valid_from, self.valid_until)
        )


@dataclass(frozen=True)
class Conflict:
    """A question that another answer has already, and whom that one is for."""

    question: str
    answer_id: int
    answer: str
    scope: Scope


def scope_of(answer: CachedAnswer) -> Scope:
    """As it is stored; audiences are read from the prefetched ones where there are any."""
    audiences = frozenset(tier.pk for tier in answer.audiences.all()) if answer.pk else frozenset()
    return Scope(answer.site_id, answer.language, audiences, answer.valid_from, answer.valid_until)


def conflicts(questions: Mapping[str, str], scope: Scope, but: int | None = None) -> list[Conflict]:
    """Of `questions` (normal form → as typed) those that an answer other than `but`, not switched off, has already."""
    stored = with_questions(questions, but)
    return [
        Conflict(typed, one.answer_id, one.answer, one.scope)
        for plain, typed in questions.items()
        for one in stored.get(plain, ())
        if scope.overlaps(one.scope)
    ]


def with_questions(wanted: Iterable[str], but: int | None = None) -> dict[str, list[Conflict]]:
    """Stored questions of these normal forms with their answers, those of switched off ones and of `but` left out."""
    rows = CachedQuestion.objects.filter(normalised__in=[plain for plain in wanted if plain])
    rows = rows.exclude(answer__state=CachedAnswer.State.OFF).exclude(answer_id=but or 0)
    found: dict[str, list[Conflict]] = {}
    for row in rows.select_related("answer").prefetch_related("answer__audiences").order_by("answer_id", "pk"):
        one = Conflict(row.text, row.answer_id, row.answer.text, scope_of(row.answer))
        found.setdefault(row.normalised, []).append(one)
    return found


def conflicts_of(answer: CachedAnswer) -> list[Conflict]:
    """Those of a stored answer, before it is approved."""
    questions = dict(answer.questions.values_list("normalised", "text"))
    return conflicts(questions, scope_of(answer), but=answer.pk)


def _meet(one: object, other: object) -> bool:
    return not one or not other or one == other


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end
