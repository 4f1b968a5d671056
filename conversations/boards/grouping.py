"""Turns that ask the same: in the same words but for their dress, or for the same cached or suggested answer.

Meaning alone brings nothing together here, as it takes longer than somebody waits; what the nightly suggestions and
cached answers have brought together already stays so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations.boards.asked import Asked
from conversations.boards.words import form, mark_of
from routing.models import AnswerSuggestion, CachedQuestion

MOST_SUGGESTIONS = 300
Key = bytes | int  # of a normal form, or the number of a cached answer


@dataclass(eq=False)
class Question:
    """What was asked, with all turns that asked it, newest first; and what there is for it already."""

    turns: list[Asked] = field(default_factory=list)
    cached: int | None = None
    suggestion: int | None = None

    @property
    def typical(self) -> Asked:
        """The newest turn with the question as it is mostly typed."""
        typed = Counter(turn.mark.typed for turn in self.turns).most_common(1)[0][0]
        return next(turn for turn in self.turns if turn.mark.typed == typed)

    @property
    def cost(self) -> float:
        """Of all its answers, in dollars."""
        return sum((turn.cost or 0.0 for turn in self.turns), 0.0)

    @property
    def site(self) -> int | None:
        """Where it was asked; None: at several sites."""
        sites = {turn.site for turn in self.turns}
        return sites.pop() if len(sites) == 1 else None


def questions(turns: Sequence[Asked]) -> list[Question]:
    """The most frequent first, the newest of equals before the others."""
    suggested = _suggested()
    found: dict[Key, Question] = {}
    for turn in turns:
        plain = turn.mark.form
        middle, suggestion = suggested.get(plain, (plain, None))
        question = found.setdefault(turn.cached or middle, Question(cached=turn.cached))
        question.suggestion = question.suggestion or suggestion
        question.turns.append(turn)
    return sorted(found.values(), key=lambda each: -len(each.turns))


def find_answers(shown: Mapping[Question, str]) -> None:
    """Cached answers that have one of these questions (with its words), though none of them was served: drafts, say."""
    forms = {question: form(text) for question, text in shown.items() if not question.cached}
    rows = CachedQuestion.objects.filter(normalised__in=set(forms.values()))
    answers = dict(rows.order_by("-answer_id").values_list("normalised", "answer_id"))
    for question, plain in forms.items():
        question.cached = answers.get(plain)


def _suggested() -> Mapping[bytes, tuple[bytes, int]]:
    """By the mark of a form, the middle of the suggestion that it is a part of, and the suggestion's number."""
    waiting = AnswerSuggestion.objects.filter(state=AnswerSuggestion.State.WAITING).order_by("-count")
    rows = waiting.values_list("pk", "question", "questions")[:MOST_SUGGESTIONS]
    return {
        mark_of(text).form: (mark_of(middle).form, pk)
        for pk, middle, texts in reversed(rows)
        for text in [middle, *_texts(texts)]
    }


def _texts(stored: object) -> list[str]:
    pairs = stored if isinstance(stored, list) else []
    return [str(pair[0]) for pair in pairs if isinstance(pair, list) and pair]
