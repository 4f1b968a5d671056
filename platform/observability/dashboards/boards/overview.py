"""The four figures that matter first, and what goes through."""

from observability.dashboards.behind import Order
from observability.dashboards.board import Board
from observability.dashboards.boards import parts
from observability.dashboards.charts import Groups, Measures, Percentiles, Stacked
from observability.dashboards.measures import Part, mean, total
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

BOARD = Board(
    "overview",
    "Overview",
    "Whether all is well: how fast, how often wrong, how often solved, and how fast memories are found.",
    order=10,
    tiles=(
        parts.ANSWERED_IN,
        parts.FIRST_WORDS_IN,
        parts.FAILED,
        parts.SOLVED,
        parts.TAKEN_AS_SOLVED,
        parts.RECALLED_IN,
        Tile("Messages", Part("messages")),
        Tile("Satisfied", parts.SATISFIED, Unit.SHARE, Better.MORE, "Thumbs up, of all ratings."),
        parts.COST,
    ),
    charts=(
        Percentiles(
            slug="answer",
            title="From message to answer",
            about="How long people waited for the whole answer. Half had it within p50, 95 of 100 within p95.",
            figure="answer_seconds",
            behind=Order.SLOWEST,
        ),
        Stacked(
            slug="errors",
            title="Turns that failed, by cause",
            about="Each is a message without an answer.",
            figure="errors",
            behind=Order.FAILED,
        ),
        Stacked(
            slug="outcomes",
            title="How conversations ended",
            about="Confirmed by the contact, and assumed after silence, are two things.",
            figure="conversations",
            labels=parts.ENDED,
        ),
        Percentiles(
            slug="recall",
            title="Recall from memory",
            about="How long it took to find what is remembered of the contact.",
            figure="recall_seconds",
        ),
        Stacked(slug="turns", title="Turns that ended", figure="turns", behind=Order.NEWEST),
        Groups(
            slug="under-way",
            title="Turns under way",
            about="Queued: no worker has them yet. Parked: they wait for a rate tier.",
            figure="turns_in",
            of=mean,
        ),
        Stacked(slug="cost", title="Cost, by model", figure="cost", by="model", of=total, unit=Unit.DOLLARS,
                behind=Order.DEAREST),
        Measures(
            slug="sockets",
            title="Open live connections",
            measures=(
                ("WebSocket", Part("open_sockets", ("websocket",), mean)),
                ("Server-sent events", Part("open_sockets", ("events",), mean)),
            ),
        ),
    ),
)  # fmt: skip
