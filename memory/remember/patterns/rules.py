"""What a pattern is, and what kinds of sentences none may match. Pure functions.

Better to miss a fact than to invent one: questions, conditions, quotations and what others say are left out, and a
pattern must begin with its clause, so that "it is not true that I live in Rome" and "Eva says I live in Rome" pass.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memory.knowledge.sentences import split_sentences
from memory.models import Kind
from memory.remember.patterns.dates import Calendar

LONGEST = 300  # characters of a sentence; longer ones are pasted texts
STOP = r"[,;!:()]|\.?\s*$"  # where a clause ends; a dot inside a sentence is one of a date or an abbreviation
END = rf"(?=\s*(?:{STOP}|\s[-–—]\s))"
ORDINAL = re.compile(r"(?<=\b\d)\.(?=\s+[A-ZÄ])|(?<=\b\d\d)\.(?=\s+[A-ZÄ])")  # "am 5. März" is no end of a sentence
DOT = "\u2024"
QUOTED = re.compile(r"[\"“„«‚][^\"“”„«»]{0,400}[\"”“»]|(?<!\w)['‘][^'’]{3,400}['’](?!\w)|`[^`]*`")
PASTED = re.compile(r"^\s*(?:>|\||#|//|[\w.+-]+@[\w.-]+\s*(?:wrote|schrieb)|\w+:\s*$)")


@dataclass(frozen=True)
class Rule:
    """A pattern, and what it says about the user.

    text, subject  filled with the pattern's groups
    exclusive      of this subject only one can hold
    dated          only with a date in the sentence, which is about the user
    yearly         its dates stay as they were said
    refuse         what no group may match
    fits           a last look at the match
    """

    pattern: re.Pattern[str]
    text: str
    subject: str
    kind: Kind = Kind.FACT
    exclusive: bool = False
    dated: bool = False
    yearly: bool = False
    importance: float = 0.5
    refuse: re.Pattern[str] | None = None
    fits: Callable[[re.Match[str]], bool] = lambda _: True


@dataclass(frozen=True)
class Language:
    """The patterns of one language. `unsure`: sentences that state nothing. `past`: sentences about what was.
    `asides`: where a plan ends and a wish begins.
    """

    code: str
    calendar: Calendar
    unsure: re.Pattern[str]
    past: re.Pattern[str]
    rules: Sequence[Rule]
    third_person: Callable[[str], str]
    asides: re.Pattern[str] = re.compile(
        r"\s+(?:please|bitte|s'il|por\s+favor|(?:and|so|but)\s+(?:i|we|please|need|want|would|have\s+to|can|could)|und\s+(?:ich|wir|brauche)|"
        r"et\s+(?:je|j')|y\s+(?:necesito|quiero))\b",
        re.IGNORECASE,
    )


def clause(pattern: str, joints: str, *, case: bool = False) -> re.Pattern[str]:
    """A pattern that is a clause, or the beginning of one if it ends with words that may follow (`until`). `joints`:
    the language's words between two clauses.
    """
    flags = re.VERBOSE if case else re.VERBOSE | re.IGNORECASE
    end = "" if pattern.endswith(f"(?:{STOP}))") else END
    return re.compile(rf"(?:^|[,;:.!]\s+|\s[-–—]\s|\b(?:{joints})[ ,]\s*)(?:{pattern}){end}", flags)


def until(words: str) -> str:
    """The end of a pattern after which the clause may go on with one of these words."""
    return rf"(?=\s+(?:{words})\b|\s*(?:{STOP}))"


def statements(text: str, language: Language) -> Iterator[str]:
    """The sentences that state something of the one who writes."""
    for line in QUOTED.sub("…", text).splitlines():
        if PASTED.match(line):
            continue
        for sentence in split_sentences(ORDINAL.sub(DOT, line.replace("’", "'"))):
            usable = len(sentence) <= LONGEST and "?" not in sentence and "…" not in sentence
            if usable and not language.unsure.search(sentence):
                yield sentence.replace(DOT, ".")
