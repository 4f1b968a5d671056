"""A question taken apart once for all checks."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parley.words import words_cache
from routing.cached.normalise import plain_words
from routing.language import language_of


def set_of(text: str) -> frozenset[str]:
    """The words of the text."""
    return frozenset(text.split())


KEPT: Final = 8192  # questions that are held taken apart, as stored ones are compared again and again
EMPTY = set_of(
    "a an the i you he she it we they me him us them my your his its our their mine yours is are was were "
    "be been being am do does did done doing have has had having can could will would shall should may "
    "might must to of in on at by for with from into onto about as and or but if then than that this "
    "these those there here what which who whom whose when where why how much many any some so just also "
    "too very please get got go way possible need want like take takes make there's not no don't can't "
    "cannot one ones someone somebody something thing things use using able allowed it's i'm i'd what's "
    "let does tell know still ever whether out up off over back between each per long required necessary"
)


@dataclass(frozen=True)
class Words:
    """`plain` is lower case with one space between words; `content` are stems of the words that name something."""

    text: str
    plain: str

    @cached_property
    def each(self) -> tuple[str, ...]:
        """Every word, in order."""
        return tuple(self.plain.split())

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Stems of the words that name something, in order."""
        return tuple(stem(word) for word in self.each if word not in EMPTY)

    @cached_property
    def language(self) -> str:
        """Two letters, empty where it is too short to tell."""
        return language_of(self.text)

    @cached_property
    def every(self) -> frozenset[str]:
        """Each word once."""
        return frozenset(self.each)

    def __hash__(self) -> int:
        return hash(self.text)

    def has(self, phrases: "Phrases") -> bool:
        """Whether one of the phrases is in it."""
        return bool(self.found(phrases))

    def found(self, phrases: "Phrases") -> list[str]:
        """Which of the phrases are in it, in order."""
        return [] if phrases.begins.isdisjoint(self.every) else phrases.pattern.findall(self.plain)


@dataclass(frozen=True)
class Phrases:
    """Words and groups of words to look for. `begins` are their first words: most questions have none of them."""

    pattern: re.Pattern[str]
    begins: frozenset[str]


@words_cache(maxsize=KEPT)
def words(text: str) -> Words:
    """The text taken apart."""
    return Words(text, plain_words(text))


def stem(word: str) -> str:
    """A rough English stem: plural, -ing and -ed go. Compared with other stems only."""
    word = word.removesuffix("'s").rstrip("'")
    for ending, instead in (
        ("ies", "y"),
        ("ing", ""),
        ("ied", "y"),
        ("ed", ""),
        ("sses", "ss"),
        ("es", "e"),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + instead
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def stems(text: str) -> frozenset[str]:
    """The stems of the words of the text."""
    return frozenset(map(stem, text.split()))


def any_of(phrases: str) -> Phrases:
    """The phrases, which are parted by commas; the longest is found first."""
    found = sorted((phrase.strip() for phrase in phrases.split(",")), key=len, reverse=True)
    pattern = re.compile(r"(?<!\S)(?:" + "|".join(map(re.escape, found)) + r")(?!\S)")
    return Phrases(pattern, frozenset(phrase.split()[0] for phrase in found))
