"""What the invented turns cost, as the hours of `Spend`. The last two hours are summed from the turns themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from conversations.demo.cast import Cast
from conversations.demo.copying import copy
from conversations.demo.drawing import ANSWERED, NOBODY, Turns
from observability.statistics.figures import ANSWERED_BY

SPEND = (
    "hour", "site_id", "model_name", "rule_id", "answered_by", "turns", "unpriced", "input_tokens",
    "cached_input_tokens", "output_tokens", "cost",
)  # fmt: skip


def write_spend(cast: Cast, turns: Turns, now: float) -> None:
    """Of a day, before the hour that came before this one."""
    copy("routing_spend", SPEND, _rows(cast, turns.chosen(turns.at < (now // 3600 - 1) * 3600)))


def _rows(cast: Cast, turns: Turns) -> Iterator[tuple[Any, ...]]:
    by = np.where(turns.state == ANSWERED, turns.by, NOBODY)
    midnight = turns.at.min() // 86400 * 24 if len(turns) else 0
    hours = np.minimum(turns.at // 3600, midnight + 23)  # a talk that went on after midnight is this day's
    keys = np.stack([hours, turns.site, turns.model, turns.rule, by]).astype(np.int64)
    groups, place = np.unique(keys, axis=1, return_inverse=True)
    place = place.ravel()
    sums = [
        np.bincount(place, values, minlength=groups.shape[1])
        for values in (np.ones(len(turns)), turns.input_tokens, turns.cached_tokens, turns.output_tokens, turns.cost)
    ]
    paid = np.where(groups[2] != NOBODY, 1, 0)  # tokens of failed ones were not counted, and are few
    for column, (hour, site, model, rule, answered) in enumerate(groups.T):
        count, *tokens = (int(each[column]) for each in sums[:-1])
        yield (
            datetime.fromtimestamp(int(hour) * 3600, UTC), cast.sites[site],
            cast.models[model].name if paid[column] else "", cast.rules[rule] or None,
            ANSWERED_BY[answered] if answered != NOBODY else "", count, 0, *tokens, round(float(sums[-1][column]), 8),
        )  # fmt: skip
