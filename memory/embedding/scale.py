"""Cosines of two embedders made comparable.

What one model calls .3 another calls .8. On texts of known kinship (here) each embedder says what it gives to pairs
that belong together, and to pairs that have nothing to do with each other. The straight line that brings both to what
the local embedder gives makes its cosines comparable, with each other and with the weights, which were measured on that
one. It is what the equating of tests does: two anchors, one line.
"""

from typing import NamedTuple

import numpy as np

from memory.embedding.base import Embedder, Vectors

LEAST_APART = 0.02  # of the anchors; nearer together they are noise
STEEPEST = 8.0
PAIRS = (
    ("How long does delivery to France take?", "Parcels to France arrive within four to six working days."),
    ("My name is Ana and I live in Lisbon.", "Ana's home is in Lisbon, Portugal."),
    ("The zip of my jacket is broken.", "We repair zips of jackets for a small fee."),
    ("Can I pay by invoice?", "Payment by invoice is possible for business customers."),
    ("I am allergic to wool.", "She cannot wear anything made of wool."),
    ("When is the shop open on Sundays?", "On Sundays our shop is closed."),
    ("Please cancel my order from yesterday.", "An order can be cancelled until it has left the warehouse."),
    ("I forgot my password.", "To reset the password, follow the link in the e-mail that we send you."),
    ("Does the tent hold in strong wind?", "The tent was tested in storms of ninety kilometres an hour."),
    ("Our daughter was born in March.", "They had a baby girl in the spring."),
    ("Which oil do I need for the chain?", "Oil the chain with a drop of bicycle oil on each link."),
    ("The invoice shows the wrong amount.", "I was charged too much on my last bill."),
    ("I prefer short answers.", "Likes replies that come to the point."),
    ("We are planning a trip to Norway in July.", "Will travel through Norway next summer."),
    ("How do I delete my account?", "You can close your account under Settings, Privacy."),
    ("The phone does not charge any more.", "Its battery stays empty when it is plugged in."),
)


class Scale(NamedTuple):
    """`slope` × cosine + `shift`, at most 1, is what the local embedder would have given."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, cosine: float) -> float:
        """The comparable value."""
        return min(self.slope * cosine + self.shift, 1.0)


AS_IT_IS = Scale()


def measured(embedder: Embedder, local: Embedder) -> Scale:
    """The scale of an embedder. It asks for the vectors of the pairs: it blocks. Raises EmbedderError."""
    if embedder.name == local.name:
        return AS_IT_IS
    return between(_anchors(embedder), _anchors(local))


def between(own: tuple[float, float], local: tuple[float, float]) -> Scale:
    """From (unrelated, related) of both; an embedder that does not tell the two apart is left as it is."""
    apart = own[1] - own[0]
    if apart < LEAST_APART:
        return AS_IT_IS
    slope = min((local[1] - local[0]) / apart, STEEPEST)
    return Scale(round(slope, 4), round(local[0] - slope * own[0], 4))


def _anchors(embedder: Embedder) -> tuple[float, float]:
    ones = embedder.embed_all([one for one, _ in PAIRS])
    others = embedder.embed_all([other for _, other in PAIRS])
    return anchors(ones, others)


def anchors(ones: Vectors, others: Vectors) -> tuple[float, float]:
    """The means of the cosines of pairs that have nothing in common, and of those that belong together."""
    cosines = ones @ others.T
    related = float(np.diagonal(cosines).mean())
    unrelated = float(cosines[~np.eye(len(cosines), dtype=bool)].mean())
    return unrelated, related
