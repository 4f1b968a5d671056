"""Surface features: what a message looks like, whatever it means. The meaning is the embedding's.

Counts are damped by a logarithm, so that no single long message outweighs the rest. Words are looked up in sets:
patterns of alternatives took twenty times as long.
"""

import re
from collections.abc import Callable
from math import log1p

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LOOKED_AT = 1500  # characters; the rest counts for its length alone, so that no message takes long

WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
SENTENCE_END = re.compile(r"[.!?。！？…]+(?:\s|$)")
SIGNS = re.compile(r"[=+*/^<>√∑∫≤≥±×÷%$€£\\]")
CODE = re.compile(r"[`{}\[\];]|\)\.|::|->|=>|==|!=|</")
LISTED = re.compile(r"^[ \t]*(?:[-*•]|\(?\w{1,2}[.)])\s", re.MULTILINE)


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# English, with the commonest of German, French, Spanish and Italian. Cut to their first STEM letters where they bend.
STEM = 6
ASKING = _words(
    "what when where who which is are do does can could may was wo wann kann ist où quand puis dónde cuándo puedo dove "
    "quando posso"
)
REASONING = _words(
    "why versus vs many much prove plan steps step draft write debug pros cons advise derive argue assess design list "
    "warum weshalb pourquoi perché spiega redacta"
)
REASONING_STEMS = _words(
    "explai compar differ analys analyz evalua calcul comput estima rewrit compos summar transl propos recomm optimi "
    "implem refact tradeo strate argume conseq implic describ discus justif outlin erklär vergle berech schrei unters "
    "expliq rédige différ explic escrib difere confro"
)
CONDITIONS = _words(
    "if unless although because but however while whereas without except must should least most only each every both "
    "instead then after before given assume assuming suppose wenn falls obwohl weil aber ohne muss sondern si mais "
    "sans parce bien pero sin porque aunque se ma senza"
)
CODE_WORDS = _words("def class import return function select const null async await printf int void")


class Seen:
    """A message with its words, found once for all features."""

    def __init__(self, text: str) -> None:
        self.whole = text.strip()
        self.text = self.whole[:LOOKED_AT]
        self.words = WORD.findall(self.text.lower())

    def among(self, words: frozenset[str], stems: frozenset[str] = frozenset()) -> int:
        """How many of its words are listed, or begin as listed."""
        return sum(word in words or word[:STEM] in stems for word in self.words)


FEATURES: dict[str, Callable[[Seen], float]] = {
    "characters": lambda seen: len(seen.whole),
    "words": lambda seen: len(seen.words),
    "word length": lambda seen: sum(map(len, seen.words)) / max(len(seen.words), 1),
    "sentences": lambda seen: len(SENTENCE_END.findall(seen.text)),
    "lines": lambda seen: seen.text.count("\n"),
    "numbers": lambda seen: len(NUMBER.findall(seen.text)),
    "signs of maths": lambda seen: len(SIGNS.findall(seen.text)),
    "signs of code": lambda seen: len(CODE.findall(seen.text)) + seen.among(CODE_WORDS),
    "list items": lambda seen: len(LISTED.findall(seen.text)),
    "question marks": lambda seen: seen.text.count("?"),
    "commas": lambda seen: seen.text.count(","),
    "asking words": lambda seen: seen.among(ASKING),
    "reasoning words": lambda seen: seen.among(REASONING, REASONING_STEMS),
    "conditions": lambda seen: seen.among(CONDITIONS),
}
NAMES = tuple(FEATURES)


def surface(text: str) -> Numbers:
    """The features of one message in the order of NAMES, each log(1 + count), shape (len(NAMES),)."""
    seen = Seen(text)
    return np.array([log1p(measure(seen)) for measure in FEATURES.values()])
