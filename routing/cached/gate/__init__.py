"""Which answer, and whether: similarity alone never decides."""

from routing.cached.gate.features import FEATURES, Standing, standings
from routing.cached.gate.gate import Gate

__all__ = ["FEATURES", "Gate", "Standing", "standings"]
