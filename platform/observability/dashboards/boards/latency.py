"""Where the time goes, from a message to its answer."""

from observability.dashboards.behind import Order
from observability.dashboards.board import Board
from observability.dashboards.boards import parts
from observability.dashboards.charts import Groups, Percentiles
from observability.dashboards.measures import Part, Quantile, mean
from observability.dashboards.tiles import Tile
from observability.dashboards.units import Better, Unit

STEPS = ("embed", "lookup", "retrieve", "recall", "assemble", "admit", "stream", "finish")  # others take no time

BOARD = Board(
    "latency",
    "Latency",
    "Where the time goes. Drag over a spike to look closer, then open the turns behind it.",
    order=20,
    tiles=(
        Tile("Answered within, p50", Part("answer_seconds", of=Quantile(0.5)), Unit.SECONDS, Better.LESS),
        parts.ANSWERED_IN,
        Tile("Answered within, p99", Part("answer_seconds", of=parts.P99), Unit.SECONDS, Better.LESS),
        parts.FIRST_WORDS_IN,
        Tile("Waited for a worker, p95", Part("queue_seconds", of=parts.P95), Unit.SECONDS, Better.LESS),
        Tile("Waited for a rate tier, p95", Part("admission_seconds", of=parts.P95), Unit.SECONDS, Better.LESS),
    ),
    charts=(
        Percentiles(
            slug="answer",
            title="From message to answer",
            about="Until the whole answer stood there.",
            figure="answer_seconds",
            behind=Order.SLOWEST,
        ),
        Percentiles(
            slug="first-words",
            title="From message to first words",
            about="What people feel: until something is read.",
            figure="first_token_seconds",
            behind=Order.SLOWEST,
        ),
        Groups(
            slug="models",
            title="A model's first words, p95",
            about="From asking it until it began or was given up: which one is slow, whoever answered in its place.",
            figure="model_seconds",
            by="model",
            of=parts.P95,
            unit=Unit.SECONDS,
        ),
        Groups(
            slug="by-model",
            title="To answer by the model that gave it, p95",
            about="The time of those asked before it is in it. No model: cached answers, rules' texts and articles.",
            figure="answer_seconds",
            by="model",
            of=parts.P95,
            unit=Unit.SECONDS,
            behind=Order.SLOWEST,
        ),
        Groups(
            slug="by-answer",
            title="To answer by what gave it, p95",
            figure="answer_seconds",
            of=parts.P95,
            unit=Unit.SECONDS,
        ),
        Percentiles(
            slug="queue",
            title="Wait for a worker",
            about="From being accepted to being taken. Long: more workers are needed.",
            figure="queue_seconds",
        ),
        Percentiles(
            slug="admission",
            title="Wait for a rate tier",
            about="Turns that a provider's limits held back. Long: a higher tier or another model is needed.",
            figure="admission_seconds",
        ),
        Groups(
            slug="by-site",
            title="To answer by site, p95",
            figure="answer_seconds",
            by="site",
            of=parts.P95,
            unit=Unit.SECONDS,
        ),
        Groups(
            slug="steps",
            title="Steps of a turn, p95",
            about="“Stream” is the provider's part, “admit” the wait for a rate tier.",
            figure="step_seconds",
            labels=STEPS,
            of=parts.P95,
            unit=Unit.SECONDS,
        ),
        Groups(
            slug="steps-mean",
            title="Steps of a turn, mean",
            about="Means add up, where percentiles do not: this is what an average turn spends its time on.",
            figure="step_seconds",
            labels=STEPS,
            of=mean,
            unit=Unit.SECONDS,
        ),
    ),
)
