"""A question in every space in which there are vectors to compare it with."""

from dataclasses import dataclass
from typing import NamedTuple

from memory.embedding.base import Embedder, Vectors
from memory.embedding.scale import AS_IT_IS, Scale


class Space(NamedTuple):
    """The question's vector by the embedder of that name, and how its cosines become comparable."""

    embedder: str
    vector: Vectors
    scale: Scale = AS_IT_IS


@dataclass(frozen=True)
class Asked:
    """`spaces`: those that the question was embedded in, memory's own first; none: words decide. `mixed`: there are
    rows of other embedders as well. `trouble` says for the turn's trace which embedder did not answer, and why.
    """

    spaces: tuple[Space, ...] = ()
    mixed: bool = False
    trouble: str = ""

    @property
    def plain(self) -> bool:
        """One space and nothing to convert: the statements as they are written compare it."""
        return len(self.spaces) == 1 and self.spaces[0].scale is AS_IT_IS

    @classmethod
    def of(cls, vector: "Vectors | Asked | None", embedder: Embedder) -> "Asked":
        """A vector alone is the embedder's; one of other dimensions cannot be compared, and counts as none."""
        if isinstance(vector, Asked):
            return vector
        if vector is None or vector.size != embedder.dimensions:
            return NOTHING
        return cls((Space(embedder.name, vector),))


NOTHING = Asked()
