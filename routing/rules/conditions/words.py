"""Words or phrases in the message."""

import functools
from dataclasses import dataclass
from typing import Any, Self

import re2

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition, listed
from routing.rules.conditions.matching import compiled, fold, folded
from routing.rules.fields import Field, Params, choice, refuse_unknown, texts, trouble

MOST_WORDS, LONGEST = 200, 100
LEFT, RIGHT = r"(?:^|[^\pL\pM\pN_])", r"(?:$|[^\pL\pM\pN_])"
UNSPACED = compiled(r"^[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]$")  # no gaps between words


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
    def _searches(self) -> list[Any]:
        """One of each word, or one for all of them together; the longest is tried first, as it says most."""
        each = [_pattern(word) for word in self.words]
        return [compiled(one) for one in (each if self.match == "all" else ["|".join(sorted(each, key=len)[::-1])])]

    def holds(self, question: Question) -> Outcome:
        """Names the words that were found, or the first that was missed."""
        text, seen = folded(question.text), []
        for index, search in enumerate(self._searches):
            found = search.search(text)
            if found is None:
                return Outcome(False, "none of the words" if self.match == "any" else f"no “{self.words[index]}”")
            matched: bytes = next(group for group in found.groups() if group is not None)
            seen.append(" ".join(matched.decode(errors="replace").split()))
        return Outcome(True, f"the words “{'”, “'.join(seen[:4])}”")

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


def _pattern(word: str) -> str:
    text = fold(word)
    core = r"[\s\p{Z}]+".join(re2.escape(part) for part in text.split())
    ends = [UNSPACED.search(letter.encode()) is None for letter in (text[0], text[-1])]
    return f"{LEFT if ends[0] else ''}({core}){RIGHT if ends[1] else ''}"
