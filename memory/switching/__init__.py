"""Changing the embedder: until every row has a vector of the new one, those of the one before are compared as well.

Each row carries the name of its vector's embedder, and is compared in that one's space only. A question is embedded by
all embedders that have rows (`ask`), which are found by the rows' names (`in_use`); their cosines are made comparable
(memory.embedding.scale). Of rows whose embedder cannot be had any more the words decide.
"""

from memory.switching.asking import ask
from memory.switching.in_use import InUse, in_use, in_use_now

__all__ = ["InUse", "ask", "in_use", "in_use_now"]
