"""Words that change what is asked. Each check compares the question asked with the nearest stored ones of an answer.

English first. Negation, numbers and the commonest opposites also in German, French, Spanish, Italian, Dutch and
Portuguese; codes and digits in every language.
"""

from collections.abc import Sequence

from routing.cached.checks import direction, names, negation, numbers, opposites, person, question_type, subject
from routing.cached.checks.waiving import Check, is_waived
from routing.cached.checks.words import words

CHECKS = (
    Check(negation.refusal),
    Check(numbers.refusal, waived_by=2),
    Check(opposites.refusal),
    Check(direction.refusal),
    Check(question_type.refusal, waived_by=2),
    Check(person.refusal, waived_by=2),
    *(Check(refusal, waived_by=2) for refusal in names.REFUSALS),
    Check(subject.refusal, waived_by=3),
)


def refusal(asked: str, stored: Sequence[str], every: Sequence[str] = ()) -> str:
    """Why the nearest stored questions (nearest first) do not ask the same; empty when they may.

    `every` are all the questions of the answer: a check that they do not pass themselves is waived for it.
    """
    question, known = words(asked), [words(one) for one in stored]
    for check in CHECKS:
        if (reason := check.refusal(question, known)) and not is_waived(check, tuple(every)):
            return reason
    return ""
