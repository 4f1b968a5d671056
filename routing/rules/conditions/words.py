"""Words or phrases in the message."""

import functools
from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition, listed
from routing.rules.conditions.matching import fold, folded, has_word
from routing.rules.fields import Field, Params, choice, refuse_unknown, texts, trouble

MOST_WORDS, LONGEST = 200, 100


@condition
@dataclass(frozen=True)
class Words(Condition):
    """Whole words, whatever their case. A phrase's spaces are any spaces."""

    kind = "words"
    title = "Words"
    place = 10
    exact = True
    help = "The message has these words or phrases: whole words, in capitals or not."

    words: tuple[str, ...]
    match: str = "any"

    @classmethod
    def fields(cls) -> list[Field]:
        """Lines, and how many of them."""
        how = (("any", "any of them"), ("all", "all of them"))
        return [
            Field("words", "Words or phrases", "lines", "One on each line.", placeholder="refund\nmoney back"),
            Field("match", "The message has", "choice", default="any", choices=how),
        ]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        found = texts(params, "words", most=MOST_WORDS, longest=LONGEST, missing="Write at least one word.")
        if bare := next((each for each in found if not any(map(str.isalnum, each))), None):
            raise trouble("words", f"“{bare}” has neither a letter nor a digit; a pattern can look for signs.")
        return cls(found, choice(params, "match", ("any", "all"), "any"))

    @functools.cached_property
    def _folded(self) -> list[str]:
        return [fold(word) for word in self.words]

    def holds(self, question: Question) -> Outcome:
        """Names the word that was found, or the first that was missed."""
        text = folded(question.text)
        if self.match == "any":
            found = next((word for word in self._folded if has_word(text, word)), None)
            return Outcome(
                found is not None, f"no word of {len(self.words)}" if found is None else f"the word “{found}”"
            )
        missed = next((word for word in self._folded if not has_word(text, word)), None)
        return Outcome(missed is None, "all words" if missed is None else f"no “{missed}”")

    def sentence(self) -> str:
        """For people."""
        return f"the message has {self.match} of: {listed(self.words)}"

    def covers(self, other: Condition) -> bool:
        """Any of more words, all of fewer."""
        if not isinstance(other, Words):
            return False
        ours, theirs = (frozenset(map(fold, each.words)) for each in (self, other))
        if self.match == "all" and len(ours) > 1:
            return other.match == "all" and ours <= theirs
        return bool(ours & theirs) if other.match == "all" else theirs <= ours
