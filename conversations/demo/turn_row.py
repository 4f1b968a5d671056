"""A drawn turn as a row of conversations_turn."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from conversations.demo.cast import Cast
from conversations.demo.drawing import ANSWERED, CACHE, FAILED, MODEL, NOBODY, Turns
from conversations.demo.words import FAILURES
from observability.statistics.figures import ANSWERED_BY, CAUSES, STATES

RULES = {  # and what each of them looks for
    "Simple questions": {"kind": "score", "below": 0.5},
    "Hard questions": {"kind": "score", "least": 0.5},
    "Premium customers": {"kind": "audience", "audiences": ["premium"]},
    "Orders and returns": {"kind": "words", "words": ["order", "parcel", "return", "refund", "delivery"]},
}
RULE_NAMES = tuple(RULES)
SMALL_FIRST = {"Simple questions", "Orders and returns"}
TURN = (
    "id", "conversation_id", "message_id", "state", "attempt", "accepted_at", "queued_at", "admitted_at", "started_at",
    "first_token_at", "finished_at", "model_id", "model_name", "input_tokens", "cached_input_tokens", "output_tokens",
    "cost", "answered_by", "rule_id", "score", "route", "cache", "recalled", "finish_reason", "error", "error_detail",
)  # fmt: skip


@dataclass(frozen=True)
class TurnRow:
    """Its numbers, its steps in seconds, and the values of TURN."""

    id: int
    conversation: uuid.UUID
    at: datetime
    place: int  # in the day's turns
    values: tuple[Any, ...]


def turn_row(
    cast: Cast, turns: Turns, place: int, number: int, conversation: uuid.UUID, message: int, at: datetime
) -> TurnRow:
    """The row of the turn at `place`."""
    steps = {name: float(np.nan_to_num(seconds[place])) for name, seconds in turns.steps.items()}
    model = None if turns.model[place] == NOBODY else cast.models[turns.model[place]]
    failed, answered = turns.state[place] == FAILED, turns.state[place] == ANSWERED
    by = ANSWERED_BY[turns.by[place]]
    started = at + timedelta(seconds=steps["queue"])
    first = at + timedelta(seconds=float(turns.first_token[place]))
    error, detail = FAILURES[CAUSES[turns.cause[place]]] if failed else ("", "")
    counted = model is not None and not failed
    values = (
        number, conversation, message, STATES[turns.state[place]], 1, at, at, first - timedelta(seconds=steps["begin"]),
        started, None if failed else first, at + timedelta(seconds=float(turns.seconds[place])),
        model.id if model else None, model.name if model else "",
        int(turns.input_tokens[place]) if counted else None, int(turns.cached_tokens[place]) if counted else None,
        int(turns.output_tokens[place]) if counted else None, round(float(turns.cost[place]), 8),
        by if answered else "", cast.rules[turns.rule[place]] or None, round(0.05 + 0.9 * (place * 0.618 % 1), 3),
        Jsonb(_route(turns, place)), Jsonb(_cache(turns, place)), Jsonb(_recalled(turns, place, steps["recall"])),
        "unknown" if unknown(turns, place) else "stop" if counted else "", error, detail,
    )  # fmt: skip
    return TurnRow(number, conversation, at, place, values)


def unknown(turns: Turns, place: int) -> bool:
    """Whether the articles did not know: one in six of what they were asked."""
    articles = bool(turns.state[place] == ANSWERED) and ANSWERED_BY[turns.by[place]] == "articles"
    return articles and place * 0.618 % 1 < 1 / 6


def _route(turns: Turns, place: int) -> dict[str, Any]:
    if turns.by[place] == CACHE:
        return {}
    rule = RULE_NAMES[turns.rule[place]]
    small = rule in SMALL_FIRST
    return {"way": "models", "rule": rule, "small_first": small, "why": [f"The condition of “{rule}” holds."]}


def _cache(turns: Turns, place: int) -> dict[str, Any]:
    if turns.by[place] == CACHE:
        return {"answer": 0, "exact": bool(turns.exact[place])}
    return {"refused_by": "nothing is near enough"} if turns.by[place] == MODEL else {}


def _recalled(turns: Turns, place: int, seconds: float) -> dict[str, Any]:
    if not seconds:
        return {}
    entries = [{"memory": 0} for _ in range(int(turns.memories[place]))]
    return {"recalled": entries, "tokens": 22 * len(entries), "milliseconds": round(1000 * seconds, 2)}
