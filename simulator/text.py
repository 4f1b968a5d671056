"""What the simulator says, and how it counts: no model, no real tokenizer, but lengths of the right order."""

import re
from functools import lru_cache
from hashlib import blake2b
from itertools import cycle, islice
from math import ceil, sqrt

# A word with the space before it (long ones in parts), one sign, or what is left of space at the end.
_TOKEN = re.compile(r"\s*(?:\w{1,8}|[^\w\s])|\s+")
_LONGEST_QUOTE = 300
_OPENING = 'You wrote: "{message}". This is a simulated answer, and it says nothing that you should rely on.'
_MORE = (
    "It goes on in plain sentences so that there is something to stream. "
    "Each of them is about as long as a sentence in a usual answer, and none of them is a secret. "
    "A reader who follows it to the end has seen every token that was counted. "
)


def split(text: str) -> list[str]:
    """The text in tokens; joined they are the text again."""
    return _TOKEN.findall(text)


def estimate(characters: int) -> int:
    """Tokens of a text of that many characters, at four a token, at least one."""
    return max(ceil(characters / 4), 1)


def reply(template: str | None, question: str, length: int | None) -> list[str]:
    """The tokens of the answer: the template, or one that quotes the question; exactly `length` if given."""
    text = (template or _OPENING).replace("{message}", _quote(question))
    if length is None:
        return split(text)
    tokens = split(text)[:length]
    return tokens + list(islice(cycle(_filler()), length - len(tokens)))


def _quote(question: str) -> str:
    """Of its last paragraph: clients put what they know before what they were asked."""
    question = question.rpartition("\n\n")[2]
    return question if len(question) <= _LONGEST_QUOTE else question[:_LONGEST_QUOTE] + "…"


@lru_cache(maxsize=1)
def _filler() -> list[str]:
    return split(" " + _MORE.strip())


def vector(text: str, dimensions: int) -> list[float]:
    """A unit vector in which every word of the text has its place (feature hashing), so that texts that
    share words are near each other and the same text always gets the same vector."""
    values = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or [""]:
        digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
        values[(digest >> 1) % dimensions] += 1.0 if digest & 1 else -1.0
    norm = sqrt(sum(value * value for value in values))
    return [value / norm for value in values] if norm else vector("", dimensions)
