"""Whether two memories say the same. Pure functions, but for the embedder.

Words decide; where they leave it open the meaning does, if numbers, names and negations agree: "lives in Berlin" and
"lives in Bonn" are close in every embedding.
"""

import re
from collections.abc import Callable

from memory.embedding import local_embedder
from parley.words import words_cache

SAME, OPEN, CLOSE = 0.8, 0.4, 0.93  # of the words in common (Jaccard); below the second never; cosine
WORDS = re.compile(r"\w+(?:['’]\w+)?")
SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "is",
        "are",
        "was",
        "has",
        "have",
        "had",
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "and",
        "or",
        "with",
        "by",
        "it",
        "its",
        "that",
        "this",
        "they",
        "them",
        "their",
        "user",
        "user's",
        "contact",
        "customer",
        "very",
        "really",
        "quite",
        "just",
        "also",
        "now",
        "currently",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "ein",
        "eine",
        "einen",
        "ist",
        "hat",
        "und",
        "im",
        "am",
        "nutzer",
        "le",
        "la",
        "les",
        "un",
        "une",
        "est",
        "et",
        "de",
        "du",
        "l'utilisateur",
        "utilisateur",
        "el",
        "los",
        "las",
        "una",
        "es",
        "y",
        "usuario",
    ]
)
NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "don't",
        "doesn't",
        "isn't",
        "nicht",
        "kein",
        "keine",
        "keinen",
        "nie",
        "ne",
        "pas",
        "jamais",
        "nunca",
        "without",
        "ohne",
        "sans",
        "sin",
        "dislikes",
        "hates",
    ]
)
Meaning = Callable[[str, str], float]


@words_cache(maxsize=16_384)
def words(text: str) -> frozenset[str]:
    """The words that carry the meaning."""
    return frozenset(word for word in WORDS.findall(text.casefold()) if word not in SMALL)


@words_cache(maxsize=16_384)
def _fixed(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """What must agree: numbers and names; and negations."""
    found = WORDS.findall(text)
    names = {word.casefold() for word in found[1:] if word[0].isupper() or word[0].isdigit()}
    return frozenset(names - SMALL), words(text) & NEGATIONS


def overlap(one: str, other: str) -> float:
    """The share of their words that both have, from 0 to 1."""
    first, second = words(one), words(other)
    return len(first & second) / len(first | second) if first and second else float(one.strip() == other.strip())


def alike(one: str, other: str, *, same_subject: bool, meaning: "Meaning | None" = None) -> bool:
    """Whether both say the same. `meaning` gives a cosine; it is asked for memories of one subject only."""
    if _fixed(one) != _fixed(other):
        return False
    common = overlap(one, other)
    if common >= SAME or (meaning is None and not same_subject):
        return common >= SAME
    return same_subject and common >= OPEN and (meaning or cosine)(one, other) >= CLOSE


def cosine(one: str, other: str) -> float:
    """By the local embedder: whoever merges is in a transaction, and must not wait for a network."""
    first, second = local_embedder().embed([one, other])
    return float(first @ second)
