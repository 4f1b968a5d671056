"""How many tokens a text is to a model, without its vendor's tokenizer: one estimate for everybody who counts.

    tokens("Where is my parcel?")      # 5
    most(text, 2000)                   # the beginning of it that has so many

Vendors keep their tokenizers to themselves or offer them by download only, and they differ by a third and more. What is
measured here is a weight for each sign by its script (docs/architecture.md, "Tokens"): of the two real tokenizers that
were at hand the one that counted more, so that a budget is kept rather than overrun. How far a model's own counts are
off is learned from its answers (conversations.turns.counting).
"""

from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from string import ascii_letters, digits

from parley.words import words_cache

CHARACTERS = 4.0  # a token, of English, where only lengths are known
WORD, LETTER = 1.12, 0.02  # of English, whose words are mostly a token each
LATIN = 0.35  # a letter without marks, in other languages
COMMON = frozenset(
    "the to and of a in is you i it for on that with this are be have can not my your was do we what how".split()  # noqa: SIM905 - words
)
ENGLISH = 0.12  # share of these words that English has at least
CACHED = 8000  # characters of a text that is remembered: prompts repeat most of theirs
_LETTERS = frozenset(ascii_letters)
_SIGN, _OTHER = 0.72, 2.32
# Where a script begins, and what one of its signs weighs; 0 for spaces and letters.
_SCRIPTS = (
    (0x0000, 0.0), (0x0021, _SIGN), (0x007F, 0.0), (0x00A1, _SIGN), (0x00C0, 1.11), (0x0100, 2.72),  # Latin
    (0x0250, _OTHER), (0x0370, 1.31), (0x0400, 0.71), (0x0530, 1.61), (0x0590, 1.21),  # Greek to Arabic
    (0x0900, 1.74), (0x0E00, 2.15), (0x10A0, 1.61), (0x1100, 1.31), (0x1200, _OTHER),  # India, Southeast, Georgian
    (0x1780, 2.15), (0x1800, _OTHER), (0x1E00, 2.72), (0x1F00, 1.31), (0x2000, 0.0), (0x2010, _SIGN),
    (0x2040, _OTHER), (0x3000, 0.9), (0x3040, 0.94), (0x3100, 0.9), (0xAC00, 1.31), (0xD7B0, _OTHER),  # East Asia
    (0xF900, 0.9), (0xFB00, _OTHER), (0xFE70, 1.21), (0xFEFF, _OTHER), (0xFF00, 0.9), (0xFFF0, _OTHER),
    (0x20000, 0.9), (0x30000, _OTHER),
)  # fmt: skip
_BEGINS, _WEIGHTS = zip(*_SCRIPTS, strict=True)
_OWN = dict.fromkeys(ascii_letters, 0.0) | dict.fromkeys(digits, 0.4)


def tokens(text: str) -> int:
    """An estimate, at least 1 for a text that is not empty."""
    return _known(text) if len(text) <= CACHED else _tokens(text)


def most(text: str, limit: int) -> str:
    """The longest beginning of the text that has at most so many tokens."""
    if tokens(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _tokens(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def _tokens(text: str) -> int:
    found, letters = 0.0, 0
    for sign, count in Counter(text).items():
        if sign in _LETTERS:
            letters += count
        else:
            found += count * _weight(sign)
    if letters:
        words = text.lower().split()
        english = sum(word in COMMON for word in words) >= ENGLISH * len(words)
        found += WORD * len(words) + LETTER * letters if english else LATIN * letters
    return max(round(found), 1) if text else 0


_known = words_cache(maxsize=1024)(_tokens)


@lru_cache(maxsize=8192)
def _weight(sign: str) -> float:
    own = _OWN.get(sign)
    return _WEIGHTS[bisect_right(_BEGINS, ord(sign)) - 1] if own is None else own
