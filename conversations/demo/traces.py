"""Traces of the newest invented turns, so that their transcripts unfold into steps."""

from typing import Any

import numpy as np

from conversations.demo.cast import Cast
from conversations.demo.copying import copy
from conversations.demo.drawing import NOBODY, Turns
from conversations.demo.turn_row import TurnRow
from observability.statistics.figures import STATES, STEPS
from observability.tracing import store
from observability.tracing.encoding import encode
from observability.tracing.spans import Trace

TRACE = (
    "at", "turn", "attempt", "conversation", "site", "model", "rule", "audience", "state", "offset_ms", "took_ms",
    "spans",
)  # fmt: skip
SECONDS = 86400


def write_traces(cast: Cast, turns: Turns, rows: list[TurnRow], now: float) -> None:
    """Of turns since yesterday's midnight: partitions for others are not there."""
    newest = [row for row in rows if row.at.timestamp() >= (now // SECONDS - 1) * SECONDS]
    if newest:
        store.look_after()
        copy("observability_trace", TRACE, [_row(cast, turns, row) for row in newest])


def _row(cast: Cast, turns: Turns, row: TurnRow) -> tuple[Any, ...]:
    steps = {step: float(turns.steps[step][row.place]) for step in (*STEPS, "queue")}
    trace = Trace(row.id, 1, row.conversation, {})
    trace.began, moment = 0.0, 0.0
    model = None if turns.model[row.place] == NOBODY else cast.models[turns.model[row.place]]
    for step in STEPS:
        if not np.isnan(steps[step]):
            about = {"model": model.name} if model and step == "stream" else {}
            trace.past(step, moment, moment + steps[step], **about)
            moment += steps[step]
    trace.ended = moment
    return (
        row.at, row.id, 1, row.conversation, cast.sites[turns.site[row.place]], model.id if model else None,
        cast.rules[turns.rule[row.place]] or None, cast.audiences[turns.audience[row.place]],
        STATES[turns.state[row.place]], round(1000 * steps["queue"]), round(1000 * moment), encode(trace),
    )  # fmt: skip
