"""What waits, where, and how the providers do."""

from observability.dashboards.behind import Order
from observability.dashboards.board import Board, Link
from observability.dashboards.boards import parts
from observability.dashboards.charts import Groups, Percentiles, Shares, Stacked
from observability.dashboards.measures import Part, mean
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

BOARD = Board(
    "queue",
    "Queue and providers",
    "What waits and where, and which provider or model is the reason.",
    order=60,
    links=(
        Link("Rate tiers live", "admin:routing_ratetier_traffic", "routing.view_ratetier"),
        Link("Queues", "admin:django_rq_dashboard_changelist", "django_rq.admin"),
    ),
    tiles=(
        Tile("Queued, on average", Part("turns_in", ("queued",), mean), better=Better.LESS),
        Tile("Parked, on average", Part("turns_in", ("parked",), mean), better=Better.LESS),
        Tile("Running, on average", Part("turns_in", ("running",), mean)),
        Tile("Waited for a worker, p95", Part("queue_seconds", of=parts.P95), Unit.SECONDS, Better.LESS),
        Tile("Waited for a rate tier, p95", Part("admission_seconds", of=parts.P95), Unit.SECONDS, Better.LESS),
        Tile("Calls of models that failed", Part("model_errors"),
             note="Most are tried again, unseen by the contact."),
        Tile("Open live connections", Part("open_sockets", of=mean)),
    ),
    charts=(
        Groups(
            slug="under-way",
            title="Turns under way, by state",
            about="Queued: no worker has them yet. Parked: they wait for a rate tier.",
            figure="turns_in",
            of=mean,
        ),
        Groups(slug="depth", title="Jobs in line, by queue", figure="queue_depth", of=mean),
        Percentiles(slug="wait", title="Wait for a worker", figure="queue_seconds", behind=Order.SLOWEST),
        Percentiles(slug="admission", title="Wait for a rate tier", figure="admission_seconds", behind=Order.SLOWEST),
        Stacked(slug="turns", title="Turns that ended, by state", figure="turns", behind=Order.NEWEST),
        Groups(
            slug="tiers",
            title="Use of rate tiers",
            about="Of the limit that is nearest. At 100 % turns wait in line.",
            figure="tier_use",
            of=mean,
            unit=Unit.SHARE,
        ),
        Groups(
            slug="breakers",
            title="Models whose breaker is open",
            about="For what part of the time no turn was sent there, because its calls failed.",
            figure="breakers_open",
            of=mean,
            unit=Unit.SHARE,
        ),
        Stacked(
            slug="model-errors",
            title="Calls of models that failed, by kind",
            figure="model_errors",
            behind=Order.FAILED,
        ),
        Stacked(slug="errors-by-model", title="Calls that failed, by model", figure="model_errors", by="model",
                behind=Order.FAILED),
        Shares(slug="models", title="Share of each model", about="Of the answers that a model gave.", figure="answers",
               by="model", named=True),
        Groups(slug="sockets", title="Open live connections", figure="open_sockets", of=mean),
    ),
)  # fmt: skip
