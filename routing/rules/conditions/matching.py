"""Search in messages: for words in time that is linear in the text, and what patterns (parley/patterns.py) search."""

import unicodedata

from parley.words import words_cache

LOOKED_AT = 8000  # characters of a message
# Scripts without gaps between words: Thai to Lao, Myanmar, Khmer, kana, Han.
UNSPACED = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0x20000, 0x3FFFF))


@words_cache(maxsize=256)
def plain(text: str) -> bytes:
    """What a pattern is matched with. Kept, as many rules ask for the same."""
    return text[:LOOKED_AT].encode(errors="replace")


@words_cache(maxsize=256)
def folded(text: str) -> str:
    """What words are looked for in."""
    return fold(text)


def fold(text: str) -> str:
    """Two texts that a reader takes for the same are the same: "STRASSE" and "straße", spaces and line ends."""
    plain_text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain_text.split())


def has_word(text: str, word: str) -> bool:
    """Whether the word or phrase is in the text with nothing of a longer word beside it. Both are folded."""
    at = text.find(word)
    while at >= 0:
        if _ends(text[at - 1 : at], word[0]) and _ends(text[at + len(word) : at + len(word) + 1], word[-1]):
            return True
        at = text.find(word, at + 1)
    return False


def _ends(beside: str, edge: str) -> bool:
    """Whether a word ends between its edge and what is beside it, if anything is."""
    return not beside or not _in_word(beside) or _unspaced(edge) or _unspaced(beside)


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_" or unicodedata.category(letter)[0] == "M"


def _unspaced(letter: str) -> bool:
    return letter >= "\u0e00" and any(low <= ord(letter) <= high for low, high in UNSPACED)
