"""Surface features: what a message looks like, whatever it means. The meaning is the embedding's.

Counts are damped by a logarithm, so that no single long message outweighs the rest. Measured on the public mix of
`python -m bench router` and on the starter set; what earned nothing there was left out.
"""

import re
from collections.abc import Callable
from math import log1p

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LOOKED_AT = 4000  # characters; the rest changes nothing but the time that it takes

WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
SENTENCE_END = re.compile(r"[.!?。！？…]+(?:\s|$)")
SIGNS = re.compile(r"[=+*/^<>√∑∫≤≥±×÷%$€£\\]|\d\s*-\s*\d")
CODE = re.compile(r"`|[{}\[\];]|\w\(|\)\.|::|->|=>|==|!=|</|\b(?:def|class|import|return|function|SELECT|const|null)\b")
LISTED = re.compile(r"^\s*(?:[-*•]|\(?\w{1,2}[.)])\s", re.MULTILINE)
ASKING = re.compile(
    r"\b(?:what|when|where|who|which|is|are|do|does|can|could|may|was|wo|wann|kann|ist|où|quand|est-ce|puis-je|dónde"
    r"|cuándo|puedo|dove|quando|posso)\b",
    re.IGNORECASE,
)
REASONING = re.compile(
    r"\b(?:why|explain\w*|compar\w+|versus|vs|differ\w*|analy[sz]\w+|evaluat\w+|assess\w*|prove|deriv\w+|calculat\w+|comput\w+"
    r"|estimat\w+|design|draft|write|rewrite|compose|summari[sz]e|translate|plan|propose|recommend|advi[sc]e|optimi[sz]\w+"
    r"|implement|debug|refactor|step|steps|pros|cons|trade-?offs?|strategy|argu\w+|consequences|implications?|how many"
    r"|how much"
    r"|warum|weshalb|erkläre?n?|vergleich\w*|berechne\w*|schreib\w*|unterschied\w*|pourquoi|expliqu\w+"
    r"|compare[rz]?|calcule\w*|rédige\w*|différence|explica\w*|compara\w*|escrib\w+|redacta\w*|diferencia\w*"
    r"|perché|spieg\w+|confront\w+)\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\b(?:if|unless|although|because|but|however|while|whereas|without|except|must|should|at least|at most|only|each"
    r"|every|both|instead|then|after|before|given|assum\w+|suppose|wenn|falls|obwohl|weil|aber|ohne|muss|sondern|si|mais"
    r"|sans|parce que|bien que|pero|sin|porque|aunque|se|ma|senza)\b",
    re.IGNORECASE,
)


def _count(pattern: re.Pattern[str]) -> Callable[[str], float]:
    return lambda text: log1p(len(pattern.findall(text)))


def _word_length(text: str) -> float:
    words = WORD.findall(text)
    return log1p(sum(map(len, words)) / len(words)) if words else 0.0


FEATURES: dict[str, Callable[[str], float]] = {
    "characters": lambda text: log1p(len(text)),
    "words": _count(WORD),
    "word length": _word_length,
    "sentences": _count(SENTENCE_END),
    "lines": lambda text: log1p(text.count("\n")),
    "numbers": _count(NUMBER),
    "signs of maths": _count(SIGNS),
    "signs of code": _count(CODE),
    "list items": _count(LISTED),
    "question marks": lambda text: log1p(text.count("?")),
    "commas": lambda text: log1p(text.count(",")),
    "asking words": _count(ASKING),
    "reasoning words": _count(REASONING),
    "conditions": _count(CONDITION),
}
NAMES = tuple(FEATURES)


def surface(text: str) -> Numbers:
    """The features of one message in the order of NAMES, shape (len(NAMES),)."""
    seen = text.strip()[:LOOKED_AT]
    return np.array([measure(seen) for measure in FEATURES.values()])
