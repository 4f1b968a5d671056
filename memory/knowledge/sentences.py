"""Where a sentence ends. Pure functions over plain or Markdown text, made for English help articles."""

import re

END = re.compile(r"(?<=[.!?…])(?P<close>[\"'”’)\]*_]*)\s+(?=[\"'“‘(\[*_]*[A-Z0-9£$€])")
ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|approx|incl|excl|no|nos|mr|mrs|ms|dr|st|vs|max|min|a\.m|p\.m|[A-Z])\.$",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a paragraph, in order, whitespace at their ends taken away; line breaks become spaces.

    >>> split_sentences("We ship by 2 p.m. on weekdays. It costs £4.90! (Free over £60.) Ask us.")
    ['We ship by 2 p.m. on weekdays.', 'It costs £4.90!', '(Free over £60.)', 'Ask us.']
    """
    flat = re.sub(r"\s+", " ", text).strip()
    sentences: list[str] = []
    start = 0
    for found in END.finditer(flat):
        candidate = flat[start : found.end("close")]
        if not ABBREVIATION.search(candidate):
            sentences.append(candidate)
            start = found.end()
    return [*sentences, flat[start:]] if start < len(flat) else sentences
