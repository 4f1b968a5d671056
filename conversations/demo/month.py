"""The invented month, day by day: its turns, and its statistics."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from conversations.demo.cast import Cast
from conversations.demo.counting import Counted
from conversations.demo.drawing import Turns, draw
from conversations.demo.incidents import Incidents
from conversations.demo.levels import write_levels
from conversations.demo.rhythm import SECONDS, expected

LATE = 120  # seconds: the newest minutes are left to what really happens


@dataclass(frozen=True)
class Month:
    """`days` days up to `now` (seconds since 1970), with `turns` on a usual one; the same seed draws the same."""

    cast: Cast
    now: float
    days: int
    turns: float
    seed: int

    @property
    def incidents(self) -> Incidents:
        """When things went wrong."""
        return Incidents.before(self._midnight)

    def write(self, source: str) -> Iterator[Turns]:
        """Write the statistics of one day after the other, and give its turns."""
        for back in range(self.days, -1, -1):
            day, random = self._midnight - back * SECONDS, np.random.default_rng([self.seed, back])
            count = round(expected(self.turns, day, back) * (1 + 0.04 * random.standard_normal()))
            turns = draw(self.cast, self.incidents, day, max(count, 1), random)
            open_ = turns.at + np.nan_to_num(turns.seconds) > self.now - LATE
            past = turns.chosen(~np.isin(turns.talk, turns.talk[open_]))  # conversations that are over
            Counted(self.cast, past).write(source)
            end = min(day + SECONDS, self.now - LATE)
            write_levels(self.cast, self.incidents, day, end, self.turns, source, random)
            yield past

    @property
    def _midnight(self) -> int:
        return int(self.now // SECONDS * SECONDS)
