"""Patterns that administrators write: regular expressions in RE2's syntax, whose time is linear in the text
(github.com/google/re2).
"""

from typing import Any

import re2

MEMORY = 1 << 20  # bytes for a compiled pattern and what it keeps of its search
MOST_INSTRUCTIONS = 3000  # of a compiled pattern: with the longest message the worst of them take about 0.1 s
MENDING = {
    "invalid perl operator": "RE2 knows no look-ahead, look-behind or conditions: join two conditions instead.",
    "invalid escape sequence": r"RE2 knows no such escape, and no reference back to a group (\1).",
    "missing )": "A bracket ( is not closed.",
    "unexpected )": "A bracket ) closes none.",
    "missing ]": "A bracket [ is not closed.",
    "no argument for repetition operator": "There is nothing before it that could be repeated.",
    "bad repetition operator": "Two repetitions follow each other.",
    "invalid repetition size": "A repetition goes up to 1,000, repetitions of it included.",
    "pattern too large": "Use smaller repetitions, and \\w in place of \\pL.",
}


class PatternError(ValueError):
    """What is wrong with a pattern, where, and how to mend it."""


def compiled(pattern: str, *, case_sensitive: bool) -> Any:
    """Its `search` takes bytes in UTF-8. Raises PatternError, also for one that matches nothing at all everywhere."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = MEMORY, False, case_sensitive
    try:
        search = re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternError(_mending(pattern, error)) from None
    if search.programsize > MOST_INSTRUCTIONS:
        raise PatternError(f"It would take too long. {MENDING['pattern too large']}")
    if search.search(b""):
        raise PatternError("It matches every message, as it matches nothing at all. Take a * or ? away.")
    return search


def _mending(pattern: str, error: Exception) -> str:
    """RE2 says "reason: the part of the pattern"."""
    if isinstance(error, UnicodeEncodeError):
        return "There is half of a character in it, which cannot be matched."
    said = error.args[0]
    reason, _, part = (said.decode(errors="replace") if isinstance(said, bytes) else str(said)).partition(": ")
    reason = reason.partition(" - ")[0]
    at = pattern.find(part) if part and part != pattern else -1
    where = f" at character {at + 1} (“{part[:30]}”)" if at >= 0 else ""
    return f"Not a pattern: {reason}{where}. {MENDING.get(reason, '')}".strip()
