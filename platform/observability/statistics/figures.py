"""What is counted: an entry for each figure. Whoever records, draws, alerts or exports reads its name and kind here."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """COUNT: how many, and a sum. TIMES: seconds, for percentiles. LEVEL: a height, looked at regularly."""

    COUNT = "count"
    TIMES = "times"
    LEVEL = "level"


class Unit(StrEnum):
    """Of the value that is added; a COUNT's is what its sum means."""

    NONE = ""
    SECONDS = "seconds"
    TOKENS = "tokens"
    DOLLARS = "dollars"
    BYTES = "bytes"
    SHARE = "share"


@dataclass(frozen=True)
class Figure:
    """`labels` are the words that its label may be; empty: none, or (`open_label`) a name that rows of ours give.

    What is of a site, a model, a rule or an audience is kept by their numbers beside the label.
    """

    name: str
    title: str
    kind: Kind
    unit: Unit = Unit.NONE
    labels: tuple[str, ...] = ()
    open_label: bool = False


ANSWERED_BY = ("cache", "model", "rule", "articles", "handover")
STATES = ("answered", "failed", "cancelled")
CAUSES = ("provider", "timeout", "context", "internal", "worker_lost")
STEPS = (
    "exact", "embed", "lookup", "retrieve", "recall", "decide", "assemble", "admit", "stream", "finish", "remember",
)  # fmt: skip

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("answer_seconds", "From message to answer", Kind.TIMES, Unit.SECONDS, ANSWERED_BY),
        Figure("first_token_seconds", "From message to first words", Kind.TIMES, Unit.SECONDS, ANSWERED_BY),
        # Of each call of a model, whoever answered in the end: a slow one that is given up shows under its own name.
        Figure("model_seconds", "From asking a model to its words", Kind.TIMES, Unit.SECONDS, ("began", "gave_up")),
        Figure("recall_seconds", "Recall from memory", Kind.TIMES, Unit.SECONDS),
        Figure("queue_seconds", "Wait for a worker", Kind.TIMES, Unit.SECONDS),
        Figure("admission_seconds", "Wait for a rate tier", Kind.TIMES, Unit.SECONDS),
        Figure("step_seconds", "Steps of a turn", Kind.TIMES, Unit.SECONDS, STEPS),
        Figure("messages", "Messages accepted", Kind.COUNT),
        Figure("turns", "Turns ended", Kind.COUNT, labels=STATES),
        Figure("errors", "Turns that failed, by cause", Kind.COUNT, labels=CAUSES),
        Figure("model_errors", "Calls of models that failed, by kind", Kind.COUNT, open_label=True),
        Figure("answers", "Answers, by what gave them", Kind.COUNT, labels=ANSWERED_BY),
        Figure("cache_lookups", "Look-ups of cached answers", Kind.COUNT, labels=("exact", "hit", "miss")),
        Figure("cache_verdicts", "Cached answers judged", Kind.COUNT, labels=("right", "wrong")),
        Figure("input_tokens", "Tokens sent", Kind.COUNT, Unit.TOKENS),
        Figure("cached_input_tokens", "Tokens read from vendors' caches", Kind.COUNT, Unit.TOKENS),
        Figure("output_tokens", "Tokens received", Kind.COUNT, Unit.TOKENS),
        Figure("cost", "Cost", Kind.COUNT, Unit.DOLLARS),
        Figure("recalled", "Memories recalled", Kind.COUNT, labels=("memories", "messages", "away", "off")),
        Figure("memories", "Memories written", Kind.COUNT, labels=("added", "updated", "superseded", "ignored")),
        # Confirmed by the contact and assumed after silence are never added up without a word.
        Figure(
            "conversations", "Conversations", Kind.COUNT,
            labels=("started", "confirmed", "assumed", "unsolved", "abandoned", "escalated"),
        ),
        Figure("escalations", "Hand-overs to a person", Kind.COUNT),
        Figure("ratings", "Ratings", Kind.COUNT, labels=("up", "down")),
        Figure("reports", "Problem reports", Kind.COUNT),
        Figure("logs", "Conversations decided on", Kind.COUNT, Unit.BYTES, labels=("sampled", "troubled", "dropped")),
        Figure("log_records_lost", "Log records that no server took", Kind.COUNT),
        Figure("turns_in", "Turns under way, by state", Kind.LEVEL, labels=("queued", "parked", "running")),
        Figure("queue_depth", "Jobs in line, by queue", Kind.LEVEL, open_label=True),
        Figure("tier_use", "Use of rate tiers", Kind.LEVEL, Unit.SHARE, open_label=True),
        Figure("open_sockets", "Open live connections", Kind.LEVEL, labels=("websocket", "events")),
        Figure("breakers_open", "Models whose breaker is open", Kind.LEVEL, open_label=True),
        Figure("budget_used", "Use of budgets", Kind.LEVEL, Unit.SHARE, open_label=True),
    )
}  # fmt: skip
