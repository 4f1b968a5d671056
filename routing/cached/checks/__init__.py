"""Words that change what is asked. Each check compares the question asked with the nearest stored ones of an answer.

English first. Negation, numbers and the commonest opposites also in German, French, Spanish, Italian, Dutch and
Portuguese; codes and digits in every language.
"""

from collections.abc import Sequence

from routing.cached.checks import direction, names, negation, numbers, opposites, person, question_type, subject
from routing.cached.checks.words import words

CHECKS = (negation, numbers, opposites, direction, question_type, person, names, subject)


def refusal(asked: str, stored: Sequence[str]) -> str:
    """Why the nearest stored questions (nearest first) do not ask the same; empty when they may."""
    question, known = words(asked), [words(one) for one in stored]
    return next((reason for check in CHECKS if (reason := check.refusal(question, known))), "")
