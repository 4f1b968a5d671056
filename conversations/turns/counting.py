"""Counting: how long a prompt is in a model's own tokens, by the common estimate and what its past turns tell of it.

Each turn keeps what was estimated for its prompt, beside what the vendor then counted: the sum of one by the sum of the
other, over the newest turns of a week, is the model's factor. Read again every ten minutes, not for each turn.
"""

import time
from collections.abc import Mapping
from typing import Any

from parley.pools import postgres
from parley.tokens import tokens
from routing.providers import ChatRequest

MESSAGE = 4  # tokens around each message
FRESH_SECONDS = 600.0
FEWEST, NEWEST = 10, 2000  # turns of a model that tell something; turns that are looked at, of all models
SANE = (0.25, 2.5)
FACTORS = """
    SELECT model_id, sum(input_tokens)::float8 / sum(estimated) FROM (
        SELECT model_id, input_tokens, (route->>'estimated')::float8 AS estimated FROM conversations_turn
        WHERE finished_at > now() - interval '7 days' AND model_id IS NOT NULL AND input_tokens > 0
            AND (route->>'estimated')::float8 > 0
        ORDER BY finished_at DESC LIMIT %s
    ) AS newest GROUP BY model_id HAVING count(*) >= %s
"""


class _Kept:
    def __init__(self) -> None:
        self.until = 0.0
        self.found: Mapping[int, float] = {}


_kept = _Kept()


def estimated(request: ChatRequest) -> int:
    """Tokens of a request, by the common estimate."""
    return tokens(request.system) + sum(tokens(message.content) + MESSAGE for message in request.messages)


async def factors() -> Mapping[int, float]:
    """By the model's id, what its vendor counts for each token estimated. Not there: not known, take 1."""
    if time.monotonic() >= _kept.until:
        _kept.until = time.monotonic() + FRESH_SECONDS  # others go on with what is known
        async with (await postgres()).connection() as connection:
            rows: Any = await (await connection.execute(FACTORS, [NEWEST, FEWEST])).fetchall()
        _kept.found = {int(model): min(max(float(factor), SANE[0]), SANE[1]) for model, factor in rows}
    return _kept.found


def forget_factors() -> None:
    """Read again when asked next: for tests."""
    _kept.until = 0.0
