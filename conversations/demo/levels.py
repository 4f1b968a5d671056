"""Heights of the invented month, as the leader would have seen them: every ten seconds, hourly means farther back."""

from typing import TYPE_CHECKING, Any

import numpy as np

from conversations.demo.cast import LARGE, SMALL, Cast
from conversations.demo.incidents import Incidents
from conversations.demo.rhythm import load
from observability.statistics.past import write_past

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

EVERY = 10  # seconds


def write_levels(
    cast: Cast, incidents: Incidents, begin: float, end: float, turns: float, source: str, random: np.random.Generator
) -> None:
    """From `begin` to `end`, where `turns` come in a usual day."""
    at = np.arange(begin, end, EVERY)
    if not len(at):
        return
    rate = load(at) * turns / 86400 * 1.9  # turns a second
    slow, out = incidents.slowness(at), incidents.out(at)
    running = random.poisson(rate * (2.2 + 1.4 * (slow - 1)))
    parked = random.poisson(np.clip(load(at) - 0.75, 0, 1) * rate * 2 + rate * (slow - 1) * 0.9)
    use = np.clip(load(at) * 0.72 + 0.1 * (slow - 1) + random.normal(0, 0.02, len(at)), 0, 1)
    heights: list[tuple[str, str, Array]] = [
        ("turns_in", "queued", random.poisson(rate * 0.05 + out * rate * 3)),
        ("turns_in", "parked", parked),
        ("turns_in", "running", running),
        ("queue_depth", "turns", random.poisson(rate * 0.05 + out * rate * 3)),
        ("queue_depth", "default", random.poisson(0.05 + 0.1 * load(at))),
        ("open_sockets", "websocket", random.poisson(rate * 190)),
        ("open_sockets", "events", random.poisson(rate * 9)),
        ("budget_used", "All sites: $1500.00 a month", _used(at)),
        *(
            (("tier_use", model.name, use * share))
            for model, share in zip(cast.models, (0.8, 1, 0.3, 0.4), strict=True)
        ),
        ("breakers_open", cast.models[SMALL].name, incidents.open(at)),
        ("breakers_open", cast.models[LARGE].name, np.zeros(len(at))),
    ]
    for figure, label, height in heights:
        write_past(figure, [(label, 0, 0, 0, 0)], np.zeros(len(at), int), at, height.astype(float), source)


def _used(at: "Array") -> "Array":
    """The month's budget, filled by the days of the month so far."""
    month = at.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(float)
    share: Array = (at - month) / (31 * 86400) * 0.93
    return share
