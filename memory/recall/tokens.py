"""How many tokens a text costs in a prompt, without a vendor's tokenizer.

Four characters of English a token; what is written in other scripts is counted by the character, which is too many
rather than too few.
"""

from math import ceil

CHARACTERS = 4


def tokens(text: str) -> int:
    """An estimate, on the safe side: at least 1 for a text that is not empty."""
    foreign = sum(character > "\u024f" for character in text) if not text.isascii() else 0
    return foreign + ceil((len(text) - foreign) / CHARACTERS)
