"""What several boards show."""

from observability.dashboards.measures import Part, Quantile, Ratio, total
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

P95, P99 = Quantile(0.95), Quantile(0.99)
ENDED = ("confirmed", "assumed", "unsolved", "abandoned", "escalated")
ASSUMED_NOTE = "Silence after an answer. It is never added to what contacts confirmed."

ERROR_RATE = Ratio(Part("turns", ("failed",)), Part("turns", ("answered", "failed")))
CONFIRMED = Ratio(Part("conversations", ("confirmed",)), Part("conversations", ENDED))
ASSUMED = Ratio(Part("conversations", ("assumed",)), Part("conversations", ENDED))
ABANDONED = Ratio(Part("conversations", ("abandoned",)), Part("conversations", ENDED))
CACHE_HITS = Ratio(Part("cache_lookups", ("exact", "hit")), Part("cache_lookups"))
FALSE_HITS = Ratio(Part("cache_verdicts", ("wrong",)), Part("cache_verdicts"))
SATISFIED = Ratio(Part("ratings", ("up",)), Part("ratings"))
PER_TURN = Ratio(Part("cost", of=total), Part("turns", ("answered",)))

ANSWERED_IN = Tile("Answered within, p95", Part("answer_seconds", of=P95), Unit.SECONDS, Better.LESS)
FIRST_WORDS_IN = Tile("First words within, p95", Part("first_token_seconds", of=P95), Unit.SECONDS, Better.LESS)
RECALLED_IN = Tile("Recalled within, p95", Part("recall_seconds", of=P95), Unit.SECONDS, Better.LESS)
FAILED = Tile("Turns that failed", ERROR_RATE, Unit.SHARE, Better.LESS, "Of those answered or failed.")
SOLVED = Tile("Solved, confirmed", CONFIRMED, Unit.SHARE, Better.MORE, "Of the conversations that ended.")
TAKEN_AS_SOLVED = Tile("Solved, assumed", ASSUMED, Unit.SHARE, Better.NEITHER, ASSUMED_NOTE)
COST = Tile("Cost", Part("cost", of=total), Unit.DOLLARS)
