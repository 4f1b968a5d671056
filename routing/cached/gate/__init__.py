"""Which answer, and whether: similarity alone never decides."""

from routing.cached.gate.features import FEATURES, Standing, standings
from routing.cached.gate.gate import Gate
from routing.cached.gate.head import Head

__all__ = ["FEATURES", "Gate", "Head", "Standing", "standings"]
