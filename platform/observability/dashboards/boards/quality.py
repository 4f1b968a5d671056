"""Whether people got what they came for."""

from observability.dashboards.behind import Order
from observability.dashboards.board import Board
from observability.dashboards.boards import parts
from observability.dashboards.charts import Measures, Stacked
from observability.dashboards.measures import Part
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

BOARD = Board(
    "quality",
    "Quality and completion",
    "Whether people got what they came for, as they said it and as their silence suggests: two figures, not one.",
    order=30,
    tiles=(
        parts.SOLVED,
        parts.TAKEN_AS_SOLVED,
        Tile("Abandoned", parts.ABANDONED, Unit.SHARE, Better.LESS, "Left without an answer that helped."),
        Tile("Handed to a person", Part("escalations")),
        Tile("Satisfied", parts.SATISFIED, Unit.SHARE, Better.MORE, "Thumbs up, of all ratings."),
        Tile("Problem reports", Part("reports")),
        Tile("Cached answers that were wrong", parts.FALSE_HITS, Unit.SHARE, Better.LESS, "Of those that were judged."),
    ),
    charts=(
        Stacked(
            slug="outcomes",
            title="How conversations ended",
            about="Confirmed: the contact said so. Assumed: silence after an answer.",
            figure="conversations",
            labels=parts.ENDED,
        ),
        Measures(
            slug="solved",
            title="Share of conversations that were solved",
            about="Of those that ended. The two lines are not to be added up.",
            unit=Unit.SHARE,
            measures=(("Confirmed by the contact", parts.CONFIRMED), ("Assumed after silence", parts.ASSUMED)),
        ),
        Stacked(slug="ratings", title="Ratings", about="Thumbs under answers.", figure="ratings"),
        Measures(
            slug="satisfied",
            title="Share of thumbs up",
            unit=Unit.SHARE,
            measures=(("Thumbs up, of all ratings", parts.SATISFIED),),
        ),
        Measures(
            slug="trouble",
            title="Hand-overs and problem reports",
            measures=(("Handed to a person", Part("escalations")), ("Problem reports", Part("reports"))),
        ),
        Measures(
            slug="cache",
            title="Share of questions that a cached answer fitted",
            unit=Unit.SHARE,
            measures=(("Answered from the cache", parts.CACHE_HITS),),
        ),
        Measures(
            slug="false-hits",
            title="Share of cached answers that were wrong",
            about="Measured: of those that somebody judged. Gaps: nobody judged any.",
            unit=Unit.SHARE,
            measures=(("Wrong, of those judged", parts.FALSE_HITS),),
        ),
        Stacked(
            slug="errors",
            title="Turns that failed, by cause",
            figure="errors",
            behind=Order.FAILED,
        ),
    ),
)
