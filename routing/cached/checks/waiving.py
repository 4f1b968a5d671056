"""Where an answer's own questions differ in what a check looks at, that difference does not change the answer.

"Set a timer for 5 minutes" and "… for an hour" have one answer: another number is no reason against a third.
Never waived: negation, opposites, direction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from routing.cached.checks.words import Words, words

MOST = 20  # questions of an answer that are compared with each other


@dataclass(frozen=True)
class Check:
    """`waived_by`: so many of an answer's questions, refused beside all the others, waive it; 0: nothing does."""

    refusal: Callable[[Words, Sequence[Words]], str]
    waived_by: int = 0


def is_waived(check: Check, questions: tuple[str, ...]) -> bool:
    """Whether the answer with these questions shows that the check does not matter for it."""
    return 0 < check.waived_by <= len(questions) and _is_waived(check, questions[:MOST])


@lru_cache(maxsize=4096)
def _is_waived(check: Check, questions: tuple[str, ...]) -> bool:
    known = [words(one) for one in questions]
    refused = 0
    for place, one in enumerate(known):
        refused += bool(check.refusal(one, known[:place] + known[place + 1 :]))
        if refused >= check.waived_by:
            return True
    return False
