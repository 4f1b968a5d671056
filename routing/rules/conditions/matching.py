"""Search with RE2: its time is linear in the text, whatever the pattern (github.com/google/re2)."""

import functools
import unicodedata
from typing import Any

import re2

MEMORY = 1 << 20  # bytes for a compiled pattern; a repetition of repetitions that needs more is refused
LOOKED_AT = 4000  # characters of a message. In the worst case of the largest pattern that takes 0.1 s


def compiled(pattern: str, *, case_sensitive: bool = True) -> Any:
    """Its `search` takes bytes in UTF-8. Raises re2.error."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = MEMORY, False, case_sensitive
    return re2.compile(pattern.encode(), options)


@functools.lru_cache(maxsize=256)
def plain(text: str) -> bytes:
    """What a pattern is matched with: the message's beginning. Kept, as many rules ask for the same."""
    return text[:LOOKED_AT].encode(errors="replace")


@functools.lru_cache(maxsize=256)
def folded(text: str) -> bytes:
    """What words are looked for in: all of the message, without the differences of case and of composed characters."""
    return fold(text).encode(errors="replace")


def fold(text: str) -> str:
    """Two texts that a reader takes for the same are the same: "STRASSE" and "straße"."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
