"""What is remembered, how fast it is found, and what was not kept."""

from observability.dashboards.board import Board
from observability.dashboards.boards import parts
from observability.dashboards.charts import Measures, Percentiles, Stacked
from observability.dashboards.measures import Part, Quantile, Ratio
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

WRITTEN = ("added", "updated", "superseded")
PER_RECALL = Ratio(Part("recalled", ("memories", "messages")), Part("recall_seconds"))
IGNORED = Ratio(Part("memories", ("ignored",)), Part("memories"))

BOARD = Board(
    "memory",
    "Memory",
    "How fast what is known of a contact is found, how much of it goes into prompts, and what is written anew.",
    order=50,
    tiles=(
        Tile("Recalled within, p50", Part("recall_seconds", of=Quantile(0.5)), Unit.SECONDS, Better.LESS),
        parts.RECALLED_IN,
        Tile("Recalled within, p99", Part("recall_seconds", of=parts.P99), Unit.SECONDS, Better.LESS),
        Tile("In a prompt, on average", PER_RECALL, note="Memories and earlier messages."),
        Tile("Recalls without an answer", Part("recalled", ("away",)), note="The store was away."),
        Tile("Memories written", Part("memories", WRITTEN)),
        Tile("Ignored", IGNORED, Unit.SHARE, note="Of what was looked at: small talk, secrets, what is known."),
    ),
    charts=(
        Percentiles(
            slug="recall",
            title="Recall from memory",
            about="One round trip to the database, with every turn.",
            figure="recall_seconds",
        ),
        Stacked(
            slug="recalled",
            title="What was recalled",
            about="Memories, and the contact's own earlier messages where they fitted better.",
            figure="recalled",
            labels=("memories", "messages"),
        ),
        Stacked(slug="written", title="Memories written", figure="memories", labels=WRITTEN),
        Measures(
            slug="ignored",
            title="Share that was ignored",
            about="Small talk, secrets, the bot's own words, and what was known already.",
            unit=Unit.SHARE,
            measures=(("Ignored", IGNORED),),
        ),
        Stacked(
            slug="without",
            title="Turns without memories",
            about="Away: the store did not answer in time. Off: the contact does not want to be remembered.",
            figure="recalled",
            labels=("away", "off"),
        ),
        Measures(
            slug="per-recall",
            title="In a prompt, on average",
            measures=(("Memories and messages", PER_RECALL),),
        ),
    ),
)
