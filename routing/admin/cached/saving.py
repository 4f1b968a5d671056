"""A form's questions become rows."""

from collections.abc import Iterable, Mapping

from django.contrib import messages
from django.http import HttpRequest

from routing.cached.accepting import add_questions
from routing.cached.standing_alone import why_not
from routing.models import CachedAnswer
from routing.question import Question


def save_questions(row: CachedAnswer, wanted: Mapping[str, str]) -> None:
    """Make the answer's questions those of `wanted` (normal form → as typed), with their vectors."""
    known = {question.normalised: question for question in row.questions.all()}
    row.questions.filter(pk__in=[old.pk for plain, old in known.items() if plain not in wanted]).delete()
    for plain, text in wanted.items():
        if plain in known and known[plain].text != text:
            row.questions.filter(pk=known[plain].pk).update(text=text, vector=None, embedder="")
    add_questions(row, list(wanted.values()))


def tell_lookups(request: HttpRequest, questions: Iterable[str]) -> None:
    """Say which of them no visitor will be served by meaning, only by the very words."""
    for text in questions:
        if reason := why_not(Question(text=text, site_id=0, audience_key="")):
            messages.warning(request, f"“{text[:80]}” is found only by the very same words: it {_verb(reason)}.")


def _verb(reason: str) -> str:
    return f"is {reason}" if reason.startswith("too long") else reason
