"""What answers cost, and what gave them."""

from observability.dashboards.behind import Order
from observability.dashboards.board import Board, Link
from observability.dashboards.boards import parts
from observability.dashboards.charts import Groups, Measures, Shares, Stacked
from observability.dashboards.measures import Part, Ratio, mean, total
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

MODEL_LESS = Ratio(Part("answers", ("cache", "rule", "articles")), Part("answers"))
VENDOR_CACHE = Ratio(Part("cached_input_tokens", of=total), Part("input_tokens", of=total))
PER_CONVERSATION = Ratio(Part("cost", of=total), Part("conversations", ("started",)))

BOARD = Board(
    "costs",
    "Costs and savings",
    "What answers cost as they are given. Bills by the day, budgets and the report on savings have pages of their own.",
    order=40,
    links=(
        Link("Costs by day", "admin:routing_spend_changelist", "routing.view_spend"),
        Link("What was saved, and how that is computed", "admin:routing_spend_savings", "routing.view_spend"),
    ),
    tiles=(
        parts.COST,
        Tile("An answer costs", parts.PER_TURN, Unit.DOLLARS, Better.LESS),
        Tile("A conversation costs", PER_CONVERSATION, Unit.DOLLARS, Better.LESS),
        Tile("Answered without a model", MODEL_LESS, Unit.SHARE, Better.MORE),
        Tile("Tokens sent", Part("input_tokens", of=total), Unit.TOKENS),
        Tile("Tokens received", Part("output_tokens", of=total), Unit.TOKENS),
        Tile("Sent, read from vendors' caches", VENDOR_CACHE, Unit.SHARE, Better.MORE),
    ),
    charts=(
        Stacked(
            slug="by-model",
            title="Cost, by model",
            figure="cost",
            by="model",
            of=total,
            unit=Unit.DOLLARS,
            behind=Order.DEAREST,
        ),
        Measures(
            slug="per-answer",
            title="What an answer costs",
            about="All that was spent, divided by all answers, those without a model included.",
            unit=Unit.DOLLARS,
            measures=(("An answer", parts.PER_TURN),),
            behind=Order.DEAREST,
        ),
        Stacked(slug="answers", title="Answers, by what gave them", about="Only models cost money.", figure="answers"),
        Shares(
            slug="models",
            title="Share of each model",
            about="Of the answers that a model gave.",
            figure="answers",
            by="model",
            named=True,
        ),
        Stacked(slug="by-rule", title="Cost, by rule", figure="cost", by="rule", of=total, unit=Unit.DOLLARS),
        Stacked(slug="by-site", title="Cost, by site", figure="cost", by="site", of=total, unit=Unit.DOLLARS),
        Measures(
            slug="tokens",
            title="Tokens",
            about="What was read from vendors' caches is part of what was sent, and cheaper.",
            unit=Unit.TOKENS,
            measures=(
                ("Sent", Part("input_tokens", of=total)),
                ("Of these, from vendors' caches", Part("cached_input_tokens", of=total)),
                ("Received", Part("output_tokens", of=total)),
            ),
        ),
        Groups(
            slug="budgets",
            title="Use of budgets",
            about="At 100 % no paid model is asked, where the budget says so.",
            figure="budget_used",
            of=mean,
            unit=Unit.SHARE,
            latest=True,
        ),
    ),
)
