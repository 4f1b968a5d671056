"""What the head sees of a question: its vector, and beside it which words and pairs of words stand in it."""

from zlib import crc32

import numpy as np

from routing.cached.index import Floats
from routing.cached.normalise import plain_words

SIZE = 512  # places that words are hashed to, with a sign, so that those that meet there cancel out on average
WEIGHT = 0.7  # of the words beside the vector, which has the length 1: found on CLINC150
EDGE = "^"


def seen(vector: Floats, text: str) -> Floats:
    """(dimensions + SIZE): the vector first."""
    return np.concatenate([vector, wording(text)]).astype(np.float32, copy=False)


def wording(text: str) -> Floats:
    """(SIZE), of the length WEIGHT; zeros where there are no words."""
    each = plain_words(text).split()
    found: Floats = np.zeros(SIZE, dtype=np.float32)
    for part in (*each, *map(" ".join, zip((EDGE, *each), (*each, EDGE), strict=True))) if each else ():
        digest = crc32(part.encode())
        found[digest % SIZE] += 1.0 if digest >> 31 else -1.0
    length = float(np.sqrt(np.dot(found, found)))
    return found * np.float32(WEIGHT / length) if length else found
